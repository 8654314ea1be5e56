import { basename, dirname, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { UserError } from '@shared/userError'
import { VocabularyTokenizer } from '../../tokenizers/vocabularyTokenizer'
import { formatTitles, type VectorHead } from '../../wordVectors/format'
import type { VectorTable } from '../../wordVectors/vectorTable'
import { readVectors, type ReadVectorsOptions } from '../../wordVectors/wordVectors'
import { vectorsId } from '../identity'
import { licenceOf } from '../licence'
import type { LoadedModel, ModelShape } from '../model'
import type { ForwardResult, TokenBatch, Wanted } from '../transformer/transformer'
import { hiddenValues } from '../values'

/**
 * Word vectors as a model of one layer: layer 0, the embeddings, is all there is, and a word's vector is the same
 * wherever it occurs. The table stays outside of the backend, which gets the requested rows only.
 */
export class StaticModel implements LoadedModel {
  readonly hasHead = false

  constructor(
    public info: ModelInfo,
    readonly tokenizer: VocabularyTokenizer,
    private readonly table: VectorTable
  ) {}

  get shape(): ModelShape {
    const { layers, width, heads, vocabulary } = this.info
    return { layers, width, heads, vocabulary, causal: false }
  }

  get bytesHeld(): number {
    return this.table.rows * this.table.width * Float32Array.BYTES_PER_ELEMENT
  }

  needTokenizer(): VocabularyTokenizer {
    return this.tokenizer
  }

  /** @throws UserError where scores of tokens are wanted */
  run({ ids }: TokenBatch, wanted: Wanted): ForwardResult {
    if (wanted.logits)
      throw new UserError(
        `${this.info.name} holds word vectors, which give no scores for tokens; open a language model.`
      )
    const { width } = this.table
    const rows = new Float32Array(ids.length * width)
    if (wanted.hiddenStates) ids.forEach((id, row) => this.table.copy(id, rows, row * width))
    return {
      hiddenStates: wanted.hiddenStates ? [tf.tensor2d(rows, [ids.length, width])] : [],
      attentions: [],
      logits: null,
      projected: null
    }
  }

  /** @throws UserError: word vectors have no head */
  readOut(): never {
    throw new UserError(`${this.info.name} holds word vectors, which give no scores for tokens; open a language model.`)
  }

  foundAt(path: string, bundled: boolean): void {
    this.info = { ...this.info, path, bundled }
  }

  /** It has no memory outside of JavaScript's. */
  dispose(): void {
    return
  }
}

/**
 * Opens a file of word vectors.
 * @throws UserError naming file and line of what is damaged
 */
export async function loadStaticModel(
  path: string,
  head: VectorHead,
  job: JobHandle,
  bundled = false,
  options: ReadVectorsOptions = {}
): Promise<StaticModel> {
  const { words, table, limited, notes } = await readVectors(path, head, job, options)
  const tokenizer = new VocabularyTokenizer(words)
  const info: ModelInfo = {
    id: await vectorsId(path, limited ? table.rows : null),
    kind: 'static',
    untrained: null,
    name: basename(path)
      .replace(/\.gz$/i, '')
      .replace(/\.(txt|vec|bin)$/i, ''),
    family: 'static',
    familyTitle: `Word vectors, ${formatTitles[head.format]}`,
    path: resolve(path),
    bundled,
    layers: 0,
    heads: 0,
    width: head.width,
    vocabulary: words.size,
    maxTokens: tokenizer.maxTokens,
    spelling: tokenizer.spelling,
    values: hiddenValues(0, head.width),
    parameters: words.size * head.width,
    dtype: 'F32',
    bytes: head.bytes,
    files: [basename(path)],
    // The table; while it is read, its file's pieces beside it.
    memory: { held: words.size * head.width * 4, peak: words.size * head.width * 4 },
    head: false,
    masked: false,
    reference: 'none',
    licence: licenceOf(dirname(resolve(path))),
    notes
  }
  return new StaticModel(info, tokenizer, table)
}
