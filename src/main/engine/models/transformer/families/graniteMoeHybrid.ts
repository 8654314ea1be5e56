import type { ModelFamily } from '../family'
import { granite } from './granite'
import { graniteMixture, graniteMixtureNames } from './graniteMoe'
import { llama, llamaWeights } from './llama'
import { hybridMamba2 } from './mamba2'

const shared = {
  gate: 'layers.{i}.shared_mlp.input_linear',
  up: 'layers.{i}.shared_mlp.input_linear',
  down: 'layers.{i}.shared_mlp.output_linear'
}

/** Granite 4: Mamba 2, and in some layers attention, most often without positions. */
export const graniteMoeHybrid: ModelFamily = {
  ...llama,
  type: 'granitemoehybrid',
  title: 'Granite 4',
  source: 'Granite Team 2025, https://www.ibm.com/granite/docs/models/granite',
  config(reader) {
    const config = granite.config(reader)
    const types = reader.texts('layer_types') ?? reader.texts('layers_block_type')
    if (types && types.length !== config.layers)
      throw reader.refusal('layer_types', `but the model has ${config.layers} layers`)
    const recurs = (type: string): boolean => type === 'linear_attention' || type === 'mamba'
    if (types?.some((type) => !recurs(type) && type !== 'full_attention' && type !== 'attention'))
      throw reader.refusal('layer_types', 'of which Layerscope implements mamba and attention')
    reader.only('position_embedding_type', ['nope', 'rope'])
    const turns = reader.text('position_embedding_type', '') === 'rope'
    const inner = Math.floor(reader.positive('mamba_expand', 2) * config.width)
    const mixer = hybridMamba2(reader, inner)
    const width = reader.count('shared_intermediate_size', 1024)
    const mixture = reader.number('num_local_experts', 8) > 0 ? graniteMixture(reader, config) : null
    const feedForward = mixture && { ...mixture, shared: { width, weighed: false } }
    return {
      ...config,
      mlpWidth: width,
      biases: { ...config.biases, mlp: false },
      blocks: config.blocks.map((place, i) => ({
        ...place,
        rotary: turns ? place.rotary : null,
        ...(!types || recurs(types[i]!) ? { mixer } : {}),
        ...(feedForward ? { feedForward } : {})
      }))
    }
  },
  weights: {
    ...llamaWeights,
    mixer: 'layers.{i}.mamba',
    mlpIn: shared.up,
    mlpGate: shared.gate,
    mlpOut: shared.down,
    mixture: { ...graniteMixtureNames, shared }
  }
}
