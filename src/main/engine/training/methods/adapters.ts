import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels, PackedWeight } from '../../backends/kernels'
import { portableKernels } from '../../backends/portableKernels'
import type { Linear } from '../../models/transformer/weightSource'
import type { TransformerWeights } from '../../models/transformer/weights'
import type { Parameters } from '../parameters'
import type { Adaptation } from '../recipe'
import { isNorm, wholeGroups, type NewParameter, type Planner } from './planner'

type Adapters = Extract<Adaptation, { kind: 'adapters' }>

/**
 * Puts an adapter behind the linear layers that end the attention and the MLP of every block (Houlsby et al. 2019,
 * section 2.1): y + U activation(D y + d) + u, before the residual is added.
 * @returns the weights, with a linear layer of its own for every block, and the product that applies the adapters
 */
export function withAdapters(
  weights: TransformerWeights,
  { places, activation }: Adapters,
  parameters: Parameters
): { weights: TransformerWeights; dense: Kernels['dense'] } {
  const behind = new Map<Tensor2D | PackedWeight, string>()
  const marked = (linear: Linear, name: string): Linear => {
    // Blocks that share their weights have adapters of their own.
    const weight = { ...linear.weight }
    behind.set(weight, name)
    return { ...linear, weight }
  }
  const blocks = weights.blocks.map((block, i) => ({
    ...block,
    attentionOut: places.includes('attention')
      ? marked(block.attentionOut, `adapters.${i}.attention`)
      : block.attentionOut,
    mlpOut: places.includes('mlp') ? marked(block.mlpOut, `adapters.${i}.mlp`) : block.mlpOut
  }))
  const dense: Kernels['dense'] = (x, weight, bias, after) => {
    const output = portableKernels.dense(x, weight, bias, after)
    const name = behind.get(weight)
    if (name === undefined) return output
    const layer = (input: Tensor2D, part: 'down' | 'up', then: typeof activation | 'none'): Tensor2D =>
      portableKernels.dense(
        input,
        tf.transpose(parameters.get(`${name}.${part}.weight`)) as Tensor2D,
        parameters.get(`${name}.${part}.bias`) as unknown as tf.Tensor1D,
        then
      )
    return tf.tidy(() => tf.add<Tensor2D>(output, layer(layer(output, 'down', activation), 'up', 'none')))
  }
  return { weights: { ...weights, blocks }, dense }
}

/**
 * New layers near the identity (Houlsby et al. 2019, section 3.6: weights of deviation 0.001 at first), the norms in
 * Houlsby's variant, and the head.
 */
export const planAdapters: Planner<'adapters'> = ({ size, variant }, context) => {
  const { width, layers } = context.config
  const places = variant === 'houlsby' ? (['attention', 'mlp'] as const) : (['mlp'] as const)
  const blocks = Array.from({ length: layers }, (_, block) => block)
  const added = blocks.map((block) =>
    places.flatMap((place): NewParameter[] => [
      { name: `adapters.${block}.${place}.down.weight`, shape: [size, width], deviation: 1e-3 },
      { name: `adapters.${block}.${place}.down.bias`, shape: [size], deviation: 0 },
      { name: `adapters.${block}.${place}.up.weight`, shape: [width, size], deviation: 1e-3 },
      { name: `adapters.${block}.${place}.up.bias`, shape: [width], deviation: 0 }
    ])
  )
  const trained = context.layers.map((names, layer) => [
    ...(variant === 'houlsby' ? names.filter(isNorm) : []),
    ...(added[layer - 1] ?? []).map(({ name }) => name)
  ])
  return {
    adaptation: { kind: 'adapters', size, activation: 'gelu', places: [...places] },
    newParameters: added.flat(),
    stages: [{ name: 'adapters', groups: wholeGroups({ ...context, layers: trained }) }]
  }
}
