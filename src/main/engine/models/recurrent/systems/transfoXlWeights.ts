import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, LinearWeights, NormWeights, PackedWeight } from '../../../backends/kernels'
import type { NamedWeights } from '../namedWeights'
import type { TransfoXlConfig } from './transfoXlConfig'

/** Words of similar frequency: their embeddings are as wide as their frequency allows. */
export interface Cluster {
  first: number
  end: number
  /** [words, narrow] */
  table: Tensor2D
  /** [narrow, width]; null: the table is as wide as the model. */
  projection: PackedWeight | null
  head: {
    /** [narrow, words]; of the first cluster also a column for every other cluster. */
    weight: PackedWeight
    bias: Tensor1D
    /** [width, narrow] */
    projection: PackedWeight | null
  } | null
}

export interface TransfoXlLayer {
  /** [width, 3 * heads * head width] */
  qkv: PackedWeight
  relative: PackedWeight
  out: PackedWeight
  /** [1, heads * head width], added to queries for contents and for distances. */
  contentBias: Tensor2D
  distanceBias: Tensor2D
  attentionNorm: NormWeights
  up: LinearWeights
  down: LinearWeights
  mlpNorm: NormWeights
}

export interface TransfoXlWeights {
  clusters: readonly Cluster[]
  layers: readonly TransfoXlLayer[]
}

/** @throws UserError naming the tensor that is missing or of another shape */
export function loadTransfoXl(weights: NamedWeights, kernels: Kernels, config: TransfoXlConfig): TransfoXlWeights {
  return { clusters: loadClusters(weights, kernels, config), layers: loadLayers(weights, config) }
}

function loadClusters(weights: NamedWeights, kernels: Kernels, config: TransfoXlConfig): Cluster[] {
  const { ends, vocabulary, width, embeddingWidth, divisor } = config
  const hasHead = weights.has('crit.out_layers.0.bias')
  const further = ends.length - 1
  return ends.map((end, i) => {
    const first = i === 0 ? 0 : ends[i - 1]!
    const words = end - first
    const narrow = Math.floor(embeddingWidth / divisor ** i)
    // Without a divisor all words are in one table.
    const part = (name: string, columns: number): Float32Array =>
      divisor === 1
        ? weights
            .values(name, columns === 1 ? [vocabulary] : [vocabulary, columns])
            .slice(first * columns, end * columns)
        : weights.values(name, columns === 1 ? [words] : [words, columns])
    const at = divisor === 1 ? 0 : i
    const values = part(`transformer.word_emb.emb_layers.${at}.weight`, narrow)
    const embedded = `transformer.word_emb.emb_projs.${at}`
    const projected = [`crit.out_projs.${i}`, embedded].find((name) => weights.has(name))
    let head: Cluster['head'] = null
    if (hasHead) {
      const bias = part(`crit.out_layers.${at}.bias`, 1)
      const columns = i === 0 ? further : 0
      const clusterRows = columns ? weights.values('crit.cluster_weight', [further, narrow]) : new Float32Array()
      const clusterBias = columns ? weights.values('crit.cluster_bias', [further]) : new Float32Array()
      const tensor = tf.tensor2d(joined(values, clusterRows), [words + columns, narrow])
      head = {
        weight: kernels.packTransposed(tensor),
        bias: tf.tensor1d(joined(bias, clusterBias)),
        // Stored as [width, narrow]: the way down is the way up transposed.
        projection: projected === undefined ? null : weights.inOut(projected, width, narrow)
      }
      tensor.dispose()
    }
    return {
      first,
      end,
      table: tf.tensor2d(values, [words, narrow]),
      projection: weights.has(embedded) ? weights.linear(embedded, narrow, width) : null,
      head
    }
  })
}

function loadLayers(weights: NamedWeights, config: TransfoXlConfig): TransfoXlLayer[] {
  const { width, heads, headWidth, mlpWidth } = config
  const inner = heads * headWidth
  const norm = (at: string): NormWeights => ({
    gamma: weights.vector(`${at}.weight`, width),
    beta: weights.vector(`${at}.bias`, width)
  })
  return Array.from({ length: config.layers }, (_, l) => {
    const at = `transformer.layers.${l}`
    const bias = (name: string): Tensor2D => {
      const full = config.untied ? `${at}.dec_attn.${name}` : `transformer.${name}`
      return tf.tensor2d(weights.values(full, [heads, headWidth]), [1, inner])
    }
    return {
      qkv: weights.linear(`${at}.dec_attn.qkv_net.weight`, width, 3 * inner),
      relative: weights.linear(`${at}.dec_attn.r_net.weight`, width, inner),
      out: weights.linear(`${at}.dec_attn.o_net.weight`, inner, width),
      contentBias: bias('r_w_bias'),
      distanceBias: bias('r_r_bias'),
      attentionNorm: norm(`${at}.dec_attn.layer_norm`),
      up: {
        weight: weights.linear(`${at}.pos_ff.CoreNet.0.weight`, width, mlpWidth),
        bias: weights.vector(`${at}.pos_ff.CoreNet.0.bias`, mlpWidth)
      },
      down: {
        weight: weights.linear(`${at}.pos_ff.CoreNet.3.weight`, mlpWidth, width),
        bias: weights.vector(`${at}.pos_ff.CoreNet.3.bias`, width)
      },
      mlpNorm: norm(`${at}.pos_ff.layer_norm`)
    }
  })
}

function joined(a: Float32Array, b: Float32Array): Float32Array {
  const result = new Float32Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}
