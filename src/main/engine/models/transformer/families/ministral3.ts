import type { ModelFamily } from '../family'
import { mistral, mistralConfig } from './mistral'

/** Mistral whose queries grow with their place. */
export const ministral3: ModelFamily = {
  ...mistral,
  type: 'ministral3',
  title: 'Ministral 3',
  source: 'Mistral AI 2025, https://arxiv.org/abs/2601.08584',
  config(reader) {
    if (!reader.states('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
    const config = mistralConfig(reader, { grows: true })
    const rotary = reader.object(['rope_parameters', 'rope_scaling'])
    const weight = rotary?.optionalNumber('llama_4_scaling_beta')
    if (!rotary || typeof weight !== 'number')
      throw reader.refusal('rope_parameters', "which lacks 'llama_4_scaling_beta'")
    const every = rotary.positive('original_max_position_embeddings')
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      blocks: config.blocks.map((place) => ({ ...place, queryGrowth: { weight, every, first: 0 } }))
    }
  }
}
