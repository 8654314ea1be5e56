import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import type { WordTokenizer } from '../../tokenizers/wordTokenizer'
import type { LoadedModel, ModelShape } from '../model'
import { statesOfWidths } from '../values'
import { widened } from '../widened'
import type { ForwardResult, RunOptions, TokenBatch, Wanted } from '../transformer/transformer'
import type { TransformerModel } from '../transformer/transformerModel'
import type { SentenceModules } from './sentenceModules'
import { sentenceVector } from './sentenceVectors'

/**
 * A transformer with the vector that its sentence-transformers modules make of a sentence as one more layer, the same
 * for every token: the mean of a sentence's words is then the sentence vector. All layers are as wide as the widest;
 * others end in zeros, which change no product, distance or probe.
 */
export class SentenceEncoderModel implements LoadedModel {
  info: ModelInfo

  constructor(
    private readonly model: TransformerModel,
    private readonly modules: SentenceModules
  ) {
    this.info = this.described()
  }

  private described(): ModelInfo {
    const { info } = this.model
    const layers = info.layers + 1
    const probe = sentenceVector(new Float32Array(info.width), info.width, this.modules)
    const widths = new Array<number>(layers).fill(info.width)
    return {
      ...info,
      layers,
      width: Math.max(info.width, probe.length),
      head: false,
      values: [
        ...statesOfWidths([...widths, probe.length]),
        ...info.values.filter(({ kind }) => kind !== 'hidden' && kind !== 'logits')
      ],
      notes: [...info.notes, `Layer ${layers} is the sentence vector, the same for every word of a sentence.`]
    }
  }

  get shape(): ModelShape {
    const { layers, width } = this.info
    return { ...this.model.shape, layers, width }
  }

  get tokenizer(): WordTokenizer | null {
    return this.model.tokenizer
  }

  /** A head that scores words reads the last block, not the sentence vector. */
  get hasHead(): boolean {
    return false
  }

  get bytesHeld(): number {
    return this.model.bytesHeld
  }

  run(input: TokenBatch, wanted: Wanted, options: RunOptions = {}): ForwardResult {
    const { hiddenStates, attentions, logits, projected } = this.model.run(input, wanted, options)
    projected?.dispose()
    const added = hiddenStates.length ? [this.vectors(input, hiddenStates.at(-1)!)] : []
    return {
      hiddenStates: [...hiddenStates, ...added].map((state) => widened(state, this.info.width)),
      attentions: [...attentions, null],
      logits,
      projected: null
    }
  }

  /** [rows, width of the vector]: of every token the vector of its sentence. */
  private vectors({ lengths }: TokenBatch, last: Tensor2D): Tensor2D {
    const values = last.dataSync<'float32'>()
    const { width } = this.model.shape
    const rows: Float32Array[] = []
    let row = 0
    for (const length of lengths) {
      const vector = sentenceVector(values.subarray(row * width, (row + length) * width), width, this.modules)
      for (let t = 0; t < length; t++) rows.push(vector)
      row += length
    }
    const columns = rows[0]!.length
    const all = new Float32Array(rows.length * columns)
    rows.forEach((vector, r) => all.set(vector, r * columns))
    return tf.tensor2d(all, [rows.length, columns])
  }

  /** @throws UserError always: nothing reads words out of a sentence vector */
  readOut(): Tensor2D {
    throw new UserError(`${this.info.name} ends in a sentence vector, from which no words are read.`)
  }

  needTokenizer(): WordTokenizer {
    return this.model.needTokenizer()
  }

  foundAt(path: string, bundled: boolean): void {
    this.model.foundAt(path, bundled)
    this.info = this.described()
  }

  dispose(): void {
    this.model.dispose()
  }
}
