import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { PackedWeight } from '../../backends/kernels'
import { storedWeight } from '../../backends/trainingKernels'
import type { Linear } from '../../models/transformer/weightSource'
import { adapterName, type AdapterPlace, type AdapterWeights } from '../../models/transformer/adapters'
import type { HeldWeights, TransformerWeights } from '../../models/transformer/weights'
import type { Parameters } from '../parameters'
import type { Adaptation } from '../recipe'
import { isNorm, requireAttentionAlone, wholeGroups, type NewParameter, type Planner } from './planner'

type Adapters = Extract<Adaptation, { kind: 'adapters' }>

/**
 * Puts an adapter behind the linear layers that end the attention and the MLP of every block, before the residual is
 * added: y + U activation(D x + d) + u, x being y (Houlsby et al. 2019, section 2.1) or the sum with the residual
 * (Pfeiffer et al. 2021, appendix A).
 * @param stored whether the kernels take weights as they are stored, [out, in]
 */
export function withAdapters(
  weights: HeldWeights,
  { places, activation, reads }: Adapters,
  parameters: Parameters,
  stored: boolean
): TransformerWeights {
  const adapter = (layer: number, place: AdapterPlace): AdapterWeights | null => {
    if (!places.includes(place)) return null
    const part = (name: 'down' | 'up'): Linear => {
      const matrix = parameters.get(`${adapterName(layer, place, name)}.weight`) as unknown as Tensor2D
      return {
        weight: stored ? storedWeight(matrix, false) : transposed(matrix),
        bias: parameters.get(`${adapterName(layer, place, name)}.bias`) as unknown as Tensor1D
      }
    }
    return { down: part('down'), activation, up: part('up'), reads }
  }
  const blocks = weights.blocks.map((block, layer) => ({
    ...block,
    attentionAdapter: adapter(layer, 'attention'),
    mlpAdapter: adapter(layer, 'mlp')
  }))
  return { ...weights, blocks }
}

function transposed(matrix: Tensor2D): PackedWeight {
  const tensor = tf.transpose(matrix)
  const [inputs, outputs] = tensor.shape
  return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
}

/**
 * New layers near the identity (Houlsby et al. 2019, section 3.6: weights of deviation 0.001 at first), the norms in
 * Houlsby's variant, and the head.
 */
export const planAdapters: Planner<'adapters'> = ({ size, variant }, context) => {
  requireAttentionAlone(context.config, 'Adapters add')
  const { width, layers } = context.config
  const places = variant === 'houlsby' ? (['attention', 'mlp'] as const) : (['mlp'] as const)
  const reads = variant === 'houlsby' ? 'output' : 'sum'
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
    adaptation: { kind: 'adapters', size, activation: 'gelu', places: [...places], reads },
    newParameters: added.flat(),
    stages: [{ name: 'adapters', groups: wholeGroups({ ...context, layers: trained }) }]
  }
}
