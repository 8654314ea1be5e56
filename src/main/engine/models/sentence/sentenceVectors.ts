import * as tf from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { WordTokenizer } from '../../tokenizers/wordTokenizer'
import { needTransformer } from '../transformer/transformerModel'
import type { LoadedModel } from '../model'
import type { SentenceModules, SentencePooling, SentenceStep } from './sentenceModules'

/** Smallest length that a vector is divided by (torch.nn.functional.normalize). */
const smallestLength = 1e-12
/** Tokens that are computed at once. */
const batchTokens = 1024

/** Vectors of sentences: [sentences, width] each. */
export interface SentenceVectors {
  /** Every hidden state by the pooling alone, from the embeddings on. */
  layers: { width: number; values: Float32Array }[]
  /** What the encoder gives: the last hidden state through all modules. */
  sentence: { width: number; values: Float32Array }
}

/**
 * The vectors of texts as sentence-transformers computes them (`SentenceTransformer.encode`; Reimers & Gurevych 2019,
 * section 3), and those that the same pooling makes of every layer.
 * @throws UserError for a model without a tokenizer, or of another kind than transformers
 */
export async function sentenceVectors(
  model: LoadedModel,
  { pooling, steps, maxTokens, lowerCase }: SentenceModules,
  texts: readonly string[],
  job: JobHandle
): Promise<SentenceVectors> {
  needTransformer(model)
  const tokenizer = model.needTokenizer() as WordTokenizer
  const { prefix, suffix } = tokenizer.around
  const room = Math.min(maxTokens ?? Infinity, tokenizer.maxTokens) - prefix.length - suffix.length
  const pieces = await tokenizer.encodeTexts(texts.map((text) => (lowerCase ? text.toLowerCase() : text).trim()))
  const inputs = pieces.map((ids) => [...prefix, ...ids.subarray(0, room), ...suffix])
  const { layers, width } = model.shape
  const pooled = width * pooling.length
  const result = Array.from({ length: layers + 1 }, () => new Float32Array(texts.length * pooled))
  for (let first = 0; first < inputs.length;) {
    let end = first + 1
    for (let tokens = inputs[first]!.length; end < inputs.length && tokens + inputs[end]!.length <= batchTokens; end++)
      tokens += inputs[end]!.length
    const batch = inputs.slice(first, end)
    poolInto(model, batch, pooling, result, first * pooled)
    first = end
    job.progress(first, texts.length, 'Running the model')
    await job.yield()
  }
  return {
    layers: result.map((values) => ({ width: pooled, values })),
    sentence: steps.reduce(through, { width: pooled, values: result.at(-1)! })
  }
}

function poolInto(
  model: LoadedModel,
  batch: readonly (readonly number[])[],
  pooling: readonly SentencePooling[],
  targets: readonly Float32Array[],
  at: number
): void {
  const lengths = batch.map((ids) => ids.length)
  const input = { lengths, ids: Int32Array.from(batch.flat()), mask: null, segments: null }
  const { hiddenStates, projected } = model.run(input, { hiddenStates: true, attentions: false })
  projected?.dispose()
  const { width } = model.shape
  for (const [layer, hidden] of hiddenStates.entries()) {
    const values = hidden.dataSync() as Float32Array
    let row = 0
    lengths.forEach((length, i) => {
      const tokens = values.subarray(row * width, (row + length) * width)
      pooling.forEach((mode, part) =>
        pool(tokens, width, mode, targets[layer]!.subarray(at + (i * pooling.length + part) * width))
      )
      row += length
    })
  }
  tf.dispose(hiddenStates)
}

/** The sentence vector of a text's last hidden state [tokens, width], special tokens among its tokens. */
export function sentenceVector(
  tokens: Float32Array,
  width: number,
  { pooling, steps }: Pick<SentenceModules, 'pooling' | 'steps'>
): Float32Array {
  const pooled = new Float32Array(width * pooling.length)
  pooling.forEach((mode, part) => pool(tokens, width, mode, pooled.subarray(part * width)))
  return steps.reduce(through, { width: pooled.length, values: pooled }).values
}

/** One vector of the tokens [tokens, width] of a text, its special tokens among them. */
function pool(tokens: Float32Array, width: number, mode: SentencePooling, target: Float32Array): void {
  const count = tokens.length / width
  for (let i = 0; i < width; i++) {
    const at = (token: number): number => tokens[token * width + i]!
    let sum = 0
    let weighted = 0
    let most = -Infinity
    for (let token = 0; token < count; token++) {
      sum += at(token)
      weighted += (token + 1) * at(token)
      most = Math.max(most, at(token))
    }
    target[i] =
      mode === 'cls'
        ? at(0)
        : mode === 'lasttoken'
          ? at(count - 1)
          : mode === 'max'
            ? most
            : mode === 'weightedmean'
              ? weighted / ((count * (count + 1)) / 2)
              : sum / (mode === 'mean' ? count : Math.sqrt(count))
  }
}

/** [sentences, width] through a layer behind the pooling. */
function through(
  { width, values }: { width: number; values: Float32Array },
  step: SentenceStep
): { width: number; values: Float32Array } {
  const rows = values.length / width
  const outputs = step.kind === 'dense' ? step.outputs : width
  const result = new Float32Array(rows * outputs)
  for (let row = 0; row < rows; row++) {
    const vector = values.subarray(row * width, (row + 1) * width)
    if (step.kind === 'dense') {
      for (let o = 0; o < outputs; o++) {
        let sum = step.bias?.[o] ?? 0
        for (let i = 0; i < width; i++) sum += step.weight[o * width + i]! * vector[i]!
        result[row * outputs + o] = step.activation(sum)
      }
    } else {
      const length = Math.max(Math.hypot(...vector), smallestLength)
      for (let i = 0; i < width; i++) result[row * outputs + i] = vector[i]! / length
    }
  }
  return { width: outputs, values: result }
}
