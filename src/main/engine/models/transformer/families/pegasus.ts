import type { ModelFamily } from '../family'
import { bart, bartEncoderConfig, bartWeights } from './bart'
import { marian } from './marian'

/** Norms on inputs, sinusoids by place. */
export const pegasus: ModelFamily = {
  ...bart,
  type: 'pegasus',
  title: 'PEGASUS',
  source: 'Zhang et al. 2020, https://proceedings.mlr.press/v119/zhang20ae.html',
  config(reader) {
    reader.only('normalize_before', [true])
    reader.only('add_final_layer_norm', [true])
    reader.only('normalize_embedding', [false])
    reader.only('static_position_embeddings', [true])
    const config = bartEncoderConfig(reader)
    return {
      ...config,
      normPlacement: 'input',
      finalNorm: true,
      positions: { rows: config.maxTokens, count: 'place', first: 0, paddingId: 0, fallback: 'sinusoids' }
    }
  },
  weights: { ...bartWeights, finalNorm: 'encoder.layer_norm' },
  untrained: marian.untrained!
}
