import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { changesOf } from '../backends/inPlace'
import { storedWeight, type Packs } from '../backends/trainingKernels'
import type { Linear } from '../models/transformer/weightSource'

interface Kept {
  linear: Linear
  packs: Packs
  /** What the parameters were when it was derived from them. */
  values: readonly (readonly [Variable, object, number])[]
  own: tf.Tensor[]
}

/**
 * Linear layers derived from parameters that stay as they are: derived and laid out once, until a parameter changes.
 */
export class WeightCache {
  private readonly kept = new Map<string, Kept>()

  /** @param derive gives matrix and bias, if any, which belong to the cache unless they are parameters themselves */
  get(key: string, sources: readonly Variable[], inOut: boolean, derive: () => [Tensor2D, ...Tensor1D[]]): Linear {
    const before = this.kept.get(key)
    if (
      before?.values.every(([variable, data, changes]) => variable.dataId === data && changesOf(variable) === changes)
    )
      return before.linear
    this.drop(key)
    const [matrix, bias = null] = tf.tidy(derive)
    const own = [matrix, bias].filter((tensor) => tensor !== null && !(tensor instanceof tf.Variable)) as tf.Tensor[]
    for (const tensor of own) tf.keep(tensor)
    const packs: Packs = { forward: null, backward: null }
    const values = sources.map((variable) => [variable, variable.dataId, changesOf(variable)] as const)
    const linear = { weight: storedWeight(matrix, inOut, packs), bias }
    this.kept.set(key, { linear, packs, values, own })
    return linear
  }

  drop(key: string): void {
    const kept = this.kept.get(key)
    if (!kept) return
    kept.linear.weight.dispose()
    tf.dispose(kept.own)
    this.kept.delete(key)
  }

  dispose(): void {
    for (const key of [...this.kept.keys()]) this.drop(key)
  }
}
