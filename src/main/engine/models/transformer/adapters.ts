import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Activation, Kernels } from '../../backends/kernels'
import type { AdapterInput } from './adapterInput'
import type { TransformerConfig } from './config'
import { wholeMatrix, type Linear, type WeightSource } from './weightSource'

/** A small network that adds to what a sublayer gives. */
export interface AdapterWeights {
  down: Linear
  activation: Activation
  up: Linear
  reads: AdapterInput
}

/** What an adapter is behind: the linear layer that ends the attention or the MLP of a layer. */
export type AdapterPlace = 'attention' | 'mlp'

/** Name of a linear layer of an adapter, without `.weight` and `.bias`. */
export function adapterName(layer: number, place: AdapterPlace, part: 'down' | 'up'): string {
  return `adapters.${layer}.${place}.${part}`
}

/** The adapter of a layer; null where the model has none there. */
export function loadAdapter(
  source: WeightSource,
  { adapters, width }: TransformerConfig,
  layer: number,
  place: AdapterPlace
): AdapterWeights | null {
  const size = adapters?.layers[layer]?.[place] ?? null
  if (!adapters || size === null) return null
  const part = (name: 'down' | 'up', inputs: number, outputs: number): Linear =>
    source.linear([wholeMatrix(adapterName(layer, place, name), outputs)], inputs, { bias: true })
  const { activation, reads } = adapters
  return { down: part('down', width, size), activation, up: part('up', size, width), reads }
}

/** y + U activation(D x + d) + u: (R, W) -> (R, W); y without an adapter that reads this x. */
export function adapted(
  kernels: Kernels,
  adapter: AdapterWeights | null,
  y: Tensor2D,
  reads: AdapterInput,
  x: () => Tensor2D
): Tensor2D {
  if (adapter?.reads !== reads) return y
  const { down, activation, up } = adapter
  return tf.add(y, kernels.dense(kernels.dense(x(), down.weight, down.bias, activation), up.weight, up.bias, 'none'))
}
