import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core'
import { hiddenStateHook, type HookName } from '@shared/hookNames'
import { activeKernels } from '../../../backends/activeKernels'
import type { NormWeights } from '../../../backends/kernels'
import { shapeOf, toRows, toSequences, type TokenBatch } from '../../transformer/batch'
import type { RunOptions, Wanted } from '../../transformer/transformer'
import { requireIds, type NetworkRun, type RecurrentNetwork } from '../network'
import type { TransfoXlConfig } from './transfoXlConfig'
import type { TransfoXlLayer, TransfoXlWeights } from './transfoXlWeights'

/** Scores of keys that are out of reach. */
const hidden = -1e30

/** Memory of each layer, [sequences, rows, width]. */
export type Memory = readonly Tensor3D[]

/** What a segment gives: hidden states [sequences, tokens, width] of layers 0 .., and maps [.., heads, query, key]. */
export interface Segment {
  states: Tensor3D[]
  attentions: Tensor4D[]
}

/** What all layers know of the keys: the same for every one of them. */
interface Places {
  /** Sines and cosines of the distances keys - 1, ..., 0: [keys, width]. */
  distances: Tensor2D
  /** 0 for keys in reach of a query, a large negative number for others: [tokens, keys]. */
  reach: Tensor2D
}

/** What a hook makes of a part's value [sequences, tokens, columns]. */
type HookedPart = (site: 'attn.result' | 'attn.out' | 'mlp.out', value: Tensor3D) => Tensor3D

/**
 * Transformer-XL (Dai et al. 2019). Sentences are run without memory, as the authors' code begins; the references of
 * transformers, which begins with rows of zeros that are attended to, are run with them.
 */
export class TransfoXlNetwork implements RecurrentNetwork {
  readonly widths: readonly number[]
  readonly vocabulary: number | null
  readonly causal = true
  readonly inside = []
  readonly heads: number
  readonly headWidth: number

  constructor(
    readonly config: TransfoXlConfig,
    private readonly weights: TransfoXlWeights
  ) {
    this.widths = new Array<number>(config.layers + 1).fill(config.width)
    this.vocabulary = weights.clusters[0]!.head ? config.vocabulary : null
    this.heads = config.heads
    this.headWidth = config.headWidth
  }

  get bytesHeld(): number {
    const tensors = tf.tensor_util.getTensorsInContainer(this.weights as unknown as tf.TensorContainer)
    return tensors.reduce((sum, tensor) => sum + tensor.size * Float32Array.BYTES_PER_ELEMENT, 0)
  }

  run(input: TokenBatch, wanted: Wanted, { hooks, start }: RunOptions): NetworkRun {
    const shape = shapeOf(input)
    const block = start?.block ?? 0
    const hookedAt = (name: HookName, value: Tensor3D): Tensor3D =>
      hooks?.has(name) ? (toSequences(hooks.apply(name, toRows(value, shape), shape), shape) as Tensor3D) : value
    const hooked = (layer: number, value: Tensor3D): Tensor3D => hookedAt(hiddenStateHook(layer), value)
    const wantMaps = wanted.attentions !== false
    const made: NetworkRun & { attentions: Tensor4D[] } = { states: [], logits: null, attentions: [] }
    tf.tidy(() => {
      const first = start
        ? (toSequences(start.residual, shape) as Tensor3D)
        : hooked(0, toSequences(this.embed(input.ids), shape) as Tensor3D)
      const states = [first]
      const places = this.places(shape.tokens, 0)
      for (const [l, layer] of this.weights.layers.entries()) {
        if (l < block) continue
        const below = states.at(-1)!
        const { output, pattern } = hooks?.skips(l)
          ? { output: below, pattern: tf.zeros<tf.Rank.R4>([shape.batch, this.heads, shape.tokens, shape.tokens]) }
          : this.layer(layer, below, null, places, (site, value) => hookedAt(`blocks.${l}.${site}`, value))
        states.push(hooked(l + 1, output))
        if (wantMaps) made.attentions.push(this.within(pattern, shape.lengths))
      }
      if (wanted.hiddenStates) made.states = states.slice(start ? 1 : 0).map((state) => toRows(state, shape))
      const last = toRows(states.at(-1)!, shape)
      if (wanted.logits)
        made.logits = this.score(wanted.logitRows ? tf.gather(last, tf.tensor1d(wanted.logitRows, 'int32')) : last)
      return [...made.states, ...made.attentions, ...(made.logits ? [made.logits] : [])]
    })
    return made
  }

  /** A map that is 0 outside of the sequences that are shorter than the longest. */
  private within(pattern: Tensor4D, lengths: readonly number[] | undefined): Tensor4D {
    if (!lengths) return pattern
    const tokens = pattern.shape[2]
    const real = new Float32Array(lengths.length * tokens)
    lengths.forEach((length, sequence) => real.fill(1, sequence * tokens, sequence * tokens + length))
    const mask = tf.tensor4d(real, [lengths.length, 1, tokens, 1])
    return tf.mul(tf.mul(pattern, mask), tf.transpose(mask, [0, 1, 3, 2]))
  }

  /** A segment of equally long sequences [sequences, tokens] after a memory; null: after none. */
  segment(ids: readonly (readonly number[])[], memory: Memory | null): Segment {
    const [batch, tokens] = [ids.length, ids[0]!.length]
    const rows = this.embed(Int32Array.from(ids.flat()))
    const states = [tf.reshape(rows, [batch, tokens, -1]) as Tensor3D]
    const attentions: Tensor4D[] = []
    const places = this.places(tokens, memory?.[0]?.shape[1] ?? 0)
    for (const [l, layer] of this.weights.layers.entries()) {
      const { output, pattern } = this.layer(layer, states.at(-1)!, memory?.[l] ?? null, places)
      states.push(output)
      attentions.push(pattern)
    }
    return { states, attentions }
  }

  /** The memory after a segment: the last rows of the memory before and of each layer's input. */
  remember(memory: Memory, { states }: Segment): Memory {
    return memory.map((before, l) => {
      const all = tf.concat([before, states[l]!], 1)
      return tf.slice(all, [0, all.shape[1] - before.shape[1], 0], before.shape)
    })
  }

  /** Rows of zeros, as transformers begins. */
  emptyMemory(sequences: number): Memory {
    const { memory, width } = this.config
    return this.weights.layers.map(() => tf.zeros<tf.Rank.R3>([sequences, memory, width]))
  }

  /** Embeddings by the cluster of each word, times the square root of the width: [rows, width]. */
  private embed(ids: Int32Array): Tensor2D {
    const { vocabulary, width } = this.config
    requireIds(ids, vocabulary)
    const parts: Tensor2D[] = []
    const places = new Int32Array(ids.length)
    let placed = 0
    for (const { first, end, table, projection } of this.weights.clusters) {
      const rows: number[] = []
      ids.forEach((id, i) => {
        if (id < first || id >= end) return
        places[i] = placed + rows.length
        rows.push(id - first)
      })
      if (rows.length === 0) continue
      placed += rows.length
      const narrow = tf.gather(table, tf.tensor1d(rows, 'int32')) as Tensor2D
      parts.push(projection ? activeKernels().dense(narrow, projection, null, 'none') : narrow)
    }
    return tf.mul(tf.gather(tf.concat(parts, 0), tf.tensor1d(places, 'int32')) as Tensor2D, Math.sqrt(width))
  }

  private layer(
    layer: TransfoXlLayer,
    x: Tensor3D,
    memory: Tensor3D | null,
    places: Places,
    hooked: HookedPart = (_, value) => value
  ): { output: Tensor3D; pattern: Tensor4D } {
    const { heads, headWidth, width, normsBefore } = this.config
    const kernels = activeKernels()
    const [batch, tokens] = x.shape
    const inner = heads * headWidth
    const all = memory && memory.shape[1] > 0 ? (tf.concat([memory, x], 1) as Tensor3D) : x
    const keys = all.shape[1]
    const read = normsBefore ? this.norm(flat(all), layer.attentionNorm) : flat(all)
    const parts = tf.split(tf.reshape(kernels.dense(read, layer.qkv, null, 'none'), [batch, keys, 3 * inner]), 3, 2)
    const byHead = (value: Tensor, rows: number): Tensor4D =>
      tf.transpose(tf.reshape(value, [batch, rows, heads, headWidth]), [0, 2, 1, 3])
    const queries = tf.slice(parts[0]!, [0, keys - tokens, 0], [batch, tokens, inner])
    const biased = (bias: Tensor2D): Tensor4D => byHead(tf.add(queries, bias), tokens)
    const distances = kernels.dense(places.distances, layer.relative, null, 'none')
    const distanceHeads = tf.transpose(tf.reshape(distances, [1, keys, heads, headWidth]), [0, 2, 3, 1])
    const contents = tf.matMul(biased(layer.contentBias), byHead(parts[1]!, keys), false, true) as Tensor4D
    const byDistance = tf.matMul(biased(layer.distanceBias), tf.tile(distanceHeads, [batch, 1, 1, 1])) as Tensor4D
    const scores = tf.div(tf.add(contents, shifted(byDistance)), Math.sqrt(headWidth))
    const pattern = tf.softmax(tf.add(scores, places.reach), 3) as Tensor4D
    const mixed = tf.transpose(tf.matMul(pattern, byHead(parts[2]!, keys)), [0, 2, 1, 3])
    const part = (site: 'attn.result' | 'attn.out' | 'mlp.out', value: Tensor): Tensor2D =>
      flat(hooked(site, tf.reshape(value, [batch, tokens, -1])))
    const result = part('attn.result', mixed)
    const summed = tf.add<Tensor2D>(flat(x), part('attn.out', kernels.dense(result, layer.out, null, 'none')))
    const middle = normsBefore ? summed : this.norm(summed, layer.attentionNorm)
    const inside = normsBefore ? this.norm(middle, layer.mlpNorm) : middle
    const up = kernels.dense(inside, layer.up.weight, layer.up.bias, 'relu')
    const down = kernels.dense(up, layer.down.weight, layer.down.bias, 'none')
    const total = tf.add<Tensor2D>(middle, part('mlp.out', down))
    const output = normsBefore ? total : this.norm(total, layer.mlpNorm)
    return { output: tf.reshape(output, [batch, tokens, width]), pattern }
  }

  private norm(x: Tensor2D, { gamma, beta }: NormWeights): Tensor2D {
    return activeKernels().layerNorm(x, gamma, beta, this.config.epsilon)
  }

  /** @param before rows of memory before the tokens */
  private places(tokens: number, before: number): Places {
    return { distances: this.distances(before + tokens), reach: this.reach(tokens, before + tokens) }
  }

  private distances(keys: number): Tensor2D {
    const { width, clamp } = this.config
    const half = width / 2
    const values = new Float32Array(keys * width)
    for (let row = 0; row < keys; row++) {
      const distance = Math.min(keys - 1 - row, clamp ?? Infinity)
      for (let k = 0; k < half; k++) {
        const angle = distance / 10000 ** ((2 * k) / width)
        values[row * width + k] = Math.sin(angle)
        values[row * width + half + k] = Math.cos(angle)
      }
    }
    return tf.tensor2d(values, [keys, width])
  }

  private reach(tokens: number, keys: number): Tensor2D {
    const { memory, sameLength } = this.config
    const before = keys - tokens
    const shift = keys > memory ? tokens - (keys - memory) : tokens
    const values = new Float32Array(tokens * keys)
    for (let query = 0; query < tokens; query++)
      for (let key = 0; key < keys; key++)
        if (key > query + before || (sameLength && key <= query - shift)) values[query * keys + key] = hidden
    return tf.tensor2d(values, [tokens, keys])
  }

  /**
   * Log probabilities [rows, vocabulary] by the adaptive softmax (Grave et al. 2017): the first cluster's words, and
   * behind them a column for each other cluster, within which its words are scored.
   */
  score(states: Tensor2D): Tensor2D {
    const kernels = activeKernels()
    return tf.tidy(() => {
      const logs = this.weights.clusters.map(({ head }) => {
        const { weight, bias, projection } = head!
        const read = projection ? kernels.dense(states, projection, null, 'none') : states
        return tf.logSoftmax(kernels.dense(read, weight, bias, 'none'))
      })
      const words = this.config.ends[0]!
      const frequent = tf.slice(logs[0]!, [0, 0], [-1, words])
      const rare = logs.slice(1).map((log, i) => tf.add(log, tf.slice(logs[0]!, [0, words + i], [-1, 1])))
      return tf.concat([frequent, ...rare], 1) as Tensor2D
    })
  }

  dispose(): void {
    tf.dispose(this.weights as unknown as tf.TensorContainer)
  }
}

function flat(x: Tensor3D): Tensor2D {
  return tf.reshape(x, [x.shape[0] * x.shape[1], x.shape[2]])
}

/** Row i moved so that key j stands at the distance from query i to it (Dai et al. 2019, appendix B). */
function shifted(x: Tensor4D): Tensor4D {
  const [batch, heads, tokens, keys] = x.shape
  const padded = tf.pad(x, [
    [0, 0],
    [0, 0],
    [0, 0],
    [1, 0]
  ])
  const turned = tf.reshape(padded, [batch, heads, keys + 1, tokens])
  return tf.reshape(tf.slice(turned, [0, 0, 1, 0], [batch, heads, keys, tokens]), x.shape)
}
