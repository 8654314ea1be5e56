import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../../backends/kernels'
import { latentHeadWidth, type LatentConfig } from './latentConfig'
import { rootMeanSquare } from './norms'
import { wholeMatrix, type Linear, type Outputs, type WeightSource } from './weightSource'

export interface LatentWeights {
  queryDown: { linear: Linear; norm: Tensor1D } | null
  query: Linear
  down: { linear: Linear; norm: Tensor1D }
  /** [width, turnedWidth]: the key with positions. */
  turnedKey: Linear
  key: Linear
  value: Linear
}

/** The reference implementation's, whatever the config says. */
const normEpsilon = 1e-6

/**
 * Queries, keys and values side by side, as attention takes them: (R, W) -> (R, 3 H dHead). What is turned comes first
 * in a head.
 */
export function latentHeads(
  kernels: Kernels,
  config: LatentConfig,
  weights: LatentWeights,
  heads: number,
  x: Tensor2D
): Tensor2D {
  const through = ({ weight, bias }: Linear, from: Tensor2D): Tensor2D => kernels.dense(from, weight, bias, 'none')
  const narrow = (step: { linear: Linear; norm: Tensor1D }): Tensor2D =>
    rootMeanSquare(through(step.linear, x), step.norm, normEpsilon) as Tensor2D
  const { queryDown, query, down, turnedKey, key, value } = weights
  const common = narrow(down)
  const shared = tf.pad(through(turnedKey, x), [
    [0, 0],
    [0, latentHeadWidth(config) - config.turnedWidth]
  ])
  const keys = tf.add<Tensor2D>(through(key, common), tf.tile(shared, [1, heads]))
  return tf.concat([through(query, queryDown ? narrow(queryDown) : x), keys, through(value, common)], 1)
}

/** What the heads give without the zeros that their values were filled up with: (R, H dHead) -> (R, H valueWidth) */
export function narrowed(config: LatentConfig, heads: number, result: Tensor2D): Tensor2D {
  const width = latentHeadWidth(config)
  if (config.valueWidth === width) return result
  const rows = result.shape[0]
  const byHead = tf.slice(tf.reshape(result, [rows, heads, width]), [0, 0, 0], [rows, heads, config.valueWidth])
  return tf.reshape(byHead, [rows, heads * config.valueWidth])
}

/** @param stem what the names of its tensors begin with */
export function loadLatent(
  source: WeightSource,
  config: LatentConfig,
  width: number,
  heads: number,
  stem: string
): LatentWeights {
  const { queryRank, rank, turnedWidth, plainWidth, valueWidth, bias } = config
  const headWidth = latentHeadWidth(config)
  /** Heads of a matrix that stores `stored` outputs a head; `place` of a value of a head among them, or -1. */
  const perHead = (name: string, stored: number, place: (value: number) => number): Outputs => ({
    name: `${stem}.${name}`,
    stored: heads * stored,
    count: heads * headWidth,
    row: (output) => {
      const at = place(output % headWidth)
      return at < 0 ? -1 : Math.floor(output / headWidth) * stored + at
    }
  })
  const turned = (value: number): number => {
    if (!config.interleaved) return value
    const half = turnedWidth / 2
    return value < half ? 2 * value : 2 * (value - half) + 1
  }
  const ofQuery = (value: number): number =>
    value < turnedWidth ? plainWidth + turned(value) : value < turnedWidth + plainWidth ? value - turnedWidth : -1
  const ofKey = (value: number): number =>
    value >= turnedWidth && value < turnedWidth + plainWidth ? value - turnedWidth : -1
  const ofValue = (value: number): number => (value < valueWidth ? plainWidth + value : -1)
  const some = (first: number, count: number, row: (output: number) => number): Outputs => ({
    name: `${stem}.kv_a_proj_with_mqa`,
    stored: rank + turnedWidth,
    count,
    row: (output) => first + row(output)
  })
  const plain = { bias: false }
  const query = perHead(queryRank === null ? 'q_proj' : 'q_b_proj', turnedWidth + plainWidth, ofQuery)
  return {
    queryDown:
      queryRank === null
        ? null
        : {
            linear: source.linear([wholeMatrix(`${stem}.q_a_proj`, queryRank)], width, { bias }),
            norm: source.gain(`${stem}.q_a_layernorm.weight`, queryRank, 0)
          },
    query: source.linear([query], queryRank ?? width, plain),
    down: {
      linear: source.linear([some(0, rank, (output) => output)], width, { bias }),
      norm: source.gain(`${stem}.kv_a_layernorm.weight`, rank, 0)
    },
    turnedKey: source.linear([some(rank, turnedWidth, turned)], width, { bias }),
    key: source.linear([perHead('kv_b_proj', plainWidth + valueWidth, ofKey)], rank, plain),
    value: source.linear([perHead('kv_b_proj', plainWidth + valueWidth, ofValue)], rank, plain)
  }
}
