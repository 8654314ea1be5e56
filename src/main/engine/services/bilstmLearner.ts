import * as tf from '@tensorflow/tfjs-core'
import type { AdaptOptionsOf } from '@shared/adaptMethods'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../models/model'
import { wordIndexOf } from '../models/recurrent/systems/bilstm'
import { KnownWordTokenizer } from '../tokenizers/knownWordTokenizer'
import type { DataReader } from './finetuneData'

/** A student that reads whole words: it has no model of its own before it is trained. */
export class BilstmLearner {
  /** Words of the training sentences, once the data was read. */
  words: string[] = []

  /** @param vectors the word vectors that its embeddings begin with; null: they are drawn */
  constructor(readonly vectors: LoadedModel | null) {
    if (vectors && vectors.info.kind !== 'static')
      throw new UserError(
        `${vectors.info.name} is not a file of word vectors, which the embeddings of a BiLSTM begin with. Give such ` +
          'a file, or none.'
      )
  }

  /** How it reads the data: every word of the training sentences is a token, in the order in which they come. */
  get reader(): DataReader {
    return {
      causal: false,
      segments: false,
      tokenizerOf: (sentences) => {
        this.words = [...new Set(sentences.flat())]
        return new KnownWordTokenizer(wordIndexOf(this.words), { unknown: true, markers: null })
      }
    }
  }

  /** Numbers of a word's embedding. */
  widthOf(method: AdaptOptionsOf<'bilstm'>): number {
    return this.vectors?.shape.width ?? method.width
  }

  /** The vector of each word; null where there is none. */
  vectorsOfWords(): (row: number) => Float32Array | null {
    const { vectors, words } = this
    if (!vectors) return () => null
    const tokenizer = vectors.needTokenizer()
    const ids = words.map((word) => tokenizer.piecesOf(word)[0] ?? -1)
    const known = ids.filter((id) => id >= 0)
    if (known.length === 0) return () => null
    const input = { lengths: [known.length], ids: Int32Array.from(known), mask: null, segments: null }
    const { hiddenStates } = vectors.run(input, { hiddenStates: true, attentions: false })
    const values = hiddenStates[0]!.dataSync<'float32'>()
    tf.dispose(hiddenStates)
    const { width } = vectors.shape
    let at = 0
    const rows = ids.map((id) => (id < 0 ? null : values.subarray(at, (at += width))))
    return (row) => rows[row]!
  }
}
