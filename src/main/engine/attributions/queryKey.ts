import type { QueryKey } from '@shared/queryKey'
import { tensorData } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import type { AttentionInput } from '../backends/kernels'
import { joinWindows } from '../activations/extract'
import { lost } from '../models/transformer/blockMask'
import type { RelativePositions } from '../models/transformer/config'
import type { TransformerModel } from '../models/transformer/transformerModel'
import type { SentenceInput } from './sentenceInput'

/** How far the softmax of what is shown may be from the weights of the map. */
const tolerance = 1e-4

const positionTitles: Readonly<Record<RelativePositions['kind'], string>> = {
  alibi: 'distance penalty (ALiBi)',
  buckets: 'relative position',
  disentangled: 'position terms (disentangled)',
  transformerXl: 'position and segment terms'
}

/** What a head's scores of one query are made of, as numbers. */
interface Scores {
  query: Float32Array
  keys: Float32Array
  /** [tokens]; null where nothing is added to the products. */
  added: Float32Array | null
  sink: number | null
  input: Pick<AttentionInput, 'scale' | 'scoreCap' | 'causal' | 'window'>
}

/**
 * The score that a head gives to every key for one query, taken apart: products of queries and keys by dimension, what
 * positions add, the softmax.
 * @param block 0-based, as are head and token
 * @throws UserError for a token that is not there, and for attention whose weights are no softmax of such sums
 */
export function queryKey(
  model: TransformerModel,
  sentence: SentenceInput,
  block: number,
  head: number,
  token: number
): QueryKey {
  const tokens = sentence.ids.length
  if (token >= tokens)
    throw new UserError(`The sentence has ${tokens} tokens, counted from 0; there is no token ${token}.`)
  const { scores, weights } = runOnce(model, sentence, block, head, token)
  if (!scores) throw notASoftmax(model, block)
  const { query, keys, added, sink, input } = scores
  const width = query.length
  const cap = input.scoreCap ?? null
  const products = new Float32Array(tokens)
  for (let key = 0; key < tokens; key++) {
    let sum = 0
    for (let i = 0; i < width; i++) sum += query[i]! * keys[key * width + i]!
    products[key] = sum * input.scale
  }
  const visible = Array.from(products, (_, key) => isVisible(input, token, key) && !((added?.[key] ?? 0) <= lost / 2))
  const position = added?.map((value, key) => (visible[key] ? value : 0)) ?? null
  const { relative, blocks } = model.config
  const result: QueryKey = {
    token,
    query: tensorData([width], query),
    keys: tensorData([tokens, width], keys),
    rotary: Boolean(blocks[block]!.rotary),
    scale: input.scale,
    cap,
    products: tensorData([tokens], products),
    position: position?.some((value) => value !== 0)
      ? {
          title: relative ? positionTitles[relative.kind] : 'added by position',
          values: tensorData([tokens], position)
        }
      : null,
    sink,
    visible,
    weights: tensorData([tokens], weights)
  }
  const expected = softmaxOf(result)
  if (weights.some((weight, key) => Math.abs(weight - expected[key]!) > tolerance)) throw notASoftmax(model, block)
  return result
}

/** Softmax of what is shown: squeezed products and what positions add, over the keys in reach. */
export function softmaxOf({ products, position, cap, sink, visible }: QueryKey): Float64Array {
  const sums = Float64Array.from(products.data, (product, key) => {
    if (!visible[key]) return -Infinity
    return (cap === null ? product : cap * Math.tanh(product / cap)) + (position?.values.data[key] ?? 0)
  })
  const most = Math.max(sink ?? -Infinity, ...sums)
  const powers = sums.map((sum) => Math.exp(sum - most))
  const total = powers.reduce((sum, power) => sum + power, sink === null ? 0 : Math.exp(sink - most))
  return powers.map((power) => power / total)
}

function isVisible({ causal, window = null }: Scores['input'], query: number, key: number): boolean {
  if (causal && key > query) return false
  return window === null || Math.abs(query - key) < window
}

function notASoftmax(model: TransformerModel, block: number): UserError {
  return new UserError(
    `The attention weights of layer ${block + 1} of ${model.info.name} are not the softmax of products of one ` +
      'query and the keys of the tokens: keys are made of several tokens, or weights are changed afterwards. So they ' +
      'cannot be taken apart by dimension.'
  )
}

function runOnce(
  model: TransformerModel,
  sentence: SentenceInput,
  block: number,
  head: number,
  token: number
): { scores: Scores | null; weights: Float32Array } {
  const tokens = sentence.ids.length
  let scores: Scores | null = null
  let weights: Float32Array | null = null
  model.run(
    joinWindows([sentence]),
    {
      hiddenStates: false,
      attentions: new Set([block]),
      takeAttention: (_block, pattern, firstHead) => {
        const at = head - firstHead
        if (at >= 0 && at < pattern.shape[1])
          weights = pattern
            .dataSync<'float32'>()
            .slice((at * tokens + token) * tokens, (at * tokens + token + 1) * tokens)
        pattern.dispose()
      }
    },
    {
      takeScores: (index, input) => {
        if (index === block && input.tokens === tokens) scores = scoresOf(input, head, token)
      }
    }
  )
  return { scores, weights: weights! }
}

function scoresOf(input: AttentionInput, head: number, token: number): Scores {
  const { qkv, heads, keyValueHeads = heads, tokens, bias, sinks } = input
  const [, columns] = qkv.shape
  const width = columns / (heads + 2 * keyValueHeads)
  const values = qkv.dataSync<'float32'>()
  const keyHead = heads + Math.floor(head / (heads / keyValueHeads))
  const part = (row: number, at: number): Float32Array =>
    values.slice(row * columns + at * width, row * columns + (at + 1) * width)
  const keys = new Float32Array(tokens * width)
  for (let key = 0; key < tokens; key++) keys.set(part(key, keyHead), key * width)
  return {
    query: part(token, head),
    keys,
    added: bias && rowOf(bias.dataSync<'float32'>(), bias.shape, head, token, tokens),
    sink: sinks ? sinks.dataSync<'float32'>()[head]! : null,
    input
  }
}

/** The row of a query in what broadcasts to [1, heads, tokens, tokens]. */
function rowOf(
  values: Float32Array,
  [, heads, queries]: readonly number[],
  head: number,
  token: number,
  tokens: number
): Float32Array {
  const row = (heads === 1 ? 0 : head) * queries! + (queries === 1 ? 0 : token)
  return values.slice(row * tokens, (row + 1) * tokens)
}
