import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { BlockAttention, TransformerConfig } from './config'
import type { FusedOrder, ModelFamily, QueryKeyValueNames, WeightNames } from './family'
import type { Norm } from './norms'
import type { Linear, Outputs, WeightSource } from './weightSource'

export interface TransformerXlWeights {
  /** [width, heads * headWidth] */
  projection: Tensor2D
  /** [heads * headWidth], less the bias for content, which is the bias of the queries. */
  positionBias: Tensor1D
  segmentBias: Tensor1D
  /** [2, heads * headWidth]: same segment, other segment. */
  segmentPair: Tensor2D
}

const attentionParts = ['query', 'key', 'value'] as const

/**
 * Queries, keys and values of a block as one matrix, each with its heads side by side, in whatever order the
 * checkpoint has them.
 * @param globalNames of those of global tokens, in place of the others
 */
export function loadQueryKeyValue(
  source: WeightSource,
  family: ModelFamily,
  config: TransformerConfig,
  at: (name: string) => string,
  block: number,
  globalNames?: QueryKeyValueNames
): Linear {
  const { heads, keyValueHeads, headWidth, blocks } = config
  const names = globalNames ?? family.weights.queryKeyValue!
  // Pairs of neighbours become halves, in both queries and keys: a scalar product does not see the order.
  const inHead = (value: number): number => storedPlace(blocks[block]!.rotary, value)
  const counts = [heads, keyValueHeads, keyValueHeads]
  // Values that are the keys are made of these, and of what another block has nothing is read.
  const read = blocks[block]!.keysOf !== undefined ? 1 : blocks[block]!.keysAreValues ? 2 : 3
  const parts = counts.slice(0, read).map((count, index): Outputs => {
    const placed = (output: number): { head: number; value: number } => ({
      head: Math.floor(output / headWidth),
      value: index === 2 ? output % headWidth : inHead(output % headWidth)
    })
    const place = (output: number): number => placed(output).head * headWidth + placed(output).value
    const width = count * headWidth
    const groups = config.groups?.[attentionParts[index]!] ?? 1
    const part = globalNames || groups > 1 ? undefined : { name: attentionParts[index]!, block, place }
    if (index === 0 && blocks[block]!.outputGate)
      return { ...besideGate(config, at, names), ...(part && { part }), row: (output) => twice(config, place(output)) }
    if (!('fused' in names)) {
      const name = at(names[attentionParts[index]!])
      return { name, stored: width, count: width, row: place, ...(part && { part }), ...(groups > 1 && { groups }) }
    }
    const stored = (heads + 2 * keyValueHeads) * headWidth
    const first = counts.slice(0, index).reduce((sum, before) => sum + before, 0)
    const headOf = storedHead(names.order, index, first, config)
    const row = (output: number): number => headOf(placed(output).head) * headWidth + placed(output).value
    return { name: at(names.fused), stored, count: width, row, ...(part && { part }) }
  })
  const besides = 'fused' in names ? names.biases : undefined
  const { weight, bias } = source.linear(parts, config.width, {
    bias: config.biases.queryKeyValue && !besides,
    inOut: storedInOut(family, 'queryKeyValue')
  })
  if (!besides) return { weight, bias }
  const [query, key, value] = parts.map(({ count }, index) => {
    const name = besides[attentionParts[index]!]
    return name === undefined ? tf.zeros<tf.Rank.R1>([count]) : source.vector(at(name), count)
  }) as [Tensor1D, Tensor1D, Tensor1D]
  return { weight, bias: tf.tidy(() => tf.concat1d([query, key, value])) }
}

/** Queries whose matrix has a gate for what the heads give, head by head behind the queries. */
function besideGate(
  { heads, headWidth }: TransformerConfig,
  at: (name: string) => string,
  names: QueryKeyValueNames
): Pick<Outputs, 'name' | 'stored' | 'count'> {
  if ('fused' in names) throw new Error('Queries with a gate have a matrix of their own.')
  return { name: at(names.query), stored: 2 * heads * headWidth, count: heads * headWidth }
}

/** The stored place of a value of the queries, where a gate as wide is behind each head. */
function twice({ headWidth }: TransformerConfig, output: number): number {
  return 2 * headWidth * Math.floor(output / headWidth) + (output % headWidth)
}

/** The gate of what the heads give, [width, heads * headWidth]. */
export function loadOutputGate(
  source: WeightSource,
  family: ModelFamily,
  config: TransformerConfig,
  at: (name: string) => string
): Linear {
  const row = (output: number): number => twice(config, output) + config.headWidth
  const part = { ...besideGate(config, at, family.weights.queryKeyValue!), row }
  return source.linear([part], config.width, { bias: config.biases.queryKeyValue })
}

/** Where a fused matrix has a head of queries (0), keys (1) or values (2), counted in heads. */
function storedHead(
  order: FusedOrder,
  index: number,
  first: number,
  { heads, keyValueHeads }: TransformerConfig
): (head: number) => number {
  if (order === 'stacked') return (head) => first + head
  if (order === 'byGroup') {
    const queries = heads / keyValueHeads
    if (index > 0) return (head) => head * (queries + 2) + queries + index - 1
    return (head) => Math.floor(head / queries) * (queries + 2) + (head % queries)
  }
  // Each quarter of the heads has its queries, then its values, then its keys.
  const quarter = heads / 4
  const place = [0, 2, 1][index]!
  return (head) => (3 * Math.floor(head / quarter) + place) * quarter + (head % quarter)
}

/** The stored place of a value of a head that is turned: pairs of neighbours become halves. */
export function storedPlace(rotary: BlockAttention['rotary'], value: number): number {
  if (!rotary?.interleaved || value >= rotary.width) return value
  const half = rotary.width / 2
  return value < half ? 2 * value : 2 * (value - half) + 1
}

/**
 * The norm on a block's queries or keys, its values in the order of theirs: [width of a head], or [heads * width of a
 * head] where each has its own.
 */
export function loadHeadNorm(
  source: WeightSource,
  { queryKeyNorm, headWidth, blocks, norm }: TransformerConfig,
  block: number,
  name: string,
  heads: number
): Norm | null {
  if (!queryKeyNorm) return null
  const { over, weights, bias } = queryKeyNorm
  if (weights === 'none') return { gamma: tf.ones([headWidth]), beta: tf.zeros([headWidth]) }
  const count = over === 'head' && weights === 'shared' ? 1 : heads
  return tf.tidy(() => {
    const read = (ending: 'weight' | 'bias'): Tensor1D => {
      const vector = (full: string, width: number): Tensor1D =>
        ending === 'weight' ? source.gain(`${full}.weight`, width, norm.offset) : source.vector(`${full}.bias`, width)
      if (!name.includes('{h}')) return vector(name, count * headWidth)
      return tf.concat1d(
        Array.from({ length: heads }, (_, head) => vector(name.replace('{h}', String(head)), headWidth))
      )
    }
    const { rotary } = blocks[block]!
    const places = Int32Array.from({ length: count * headWidth }, (_, i) => {
      const head = Math.floor(i / headWidth)
      return head * headWidth + storedPlace(rotary, i % headWidth)
    })
    const ordered = (values: Tensor1D): Tensor1D =>
      rotary?.interleaved ? tf.gather(values, tf.tensor1d(places, 'int32')) : values
    return {
      gamma: ordered(read('weight')),
      beta: bias ? ordered(read('bias')) : tf.zeros<tf.Rank.R1>([count * headWidth])
    }
  })
}

export function storedInOut(family: ModelFamily, group: 'queryKeyValue' | 'attentionOut' | 'mlp'): boolean {
  return family.storedInOut?.includes(group) ?? false
}

/**
 * The three biases are added to the queries one at a time; that for content goes into the projection, the others
 * become differences from it.
 */
export function loadTransformerXl(
  source: WeightSource,
  names: WeightNames,
  at: (name: string) => string,
  { width, heads, headWidth }: TransformerConfig
): { weights: TransformerXlWeights; queryBias: Tensor1D } {
  return tf.tidy(() => {
    const bias = (name: string): Tensor1D => tf.reshape(source.tensor(at(name), [heads, headWidth], 'matrix'), [-1])
    const content = bias(names.contentBias!)
    const weights = {
      projection: source.matrix(at(names.relativeKey!), width, heads * headWidth),
      positionBias: tf.sub<Tensor1D>(bias(names.positionBias!), content),
      segmentBias: tf.sub<Tensor1D>(bias(names.segmentBias!), content),
      segmentPair: tf.reshape<tf.Rank.R2>(
        source.tensor(at(names.segmentPair!), [2, heads, headWidth], 'matrix'),
        [2, -1]
      )
    }
    return { weights, queryBias: tf.concat1d([content, tf.zeros([2 * heads * headWidth])]) }
  })
}
