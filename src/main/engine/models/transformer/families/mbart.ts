import { learnedPositions } from '../config'
import type { ModelFamily } from '../family'
import { bart, bartEncoderConfig, bartWeights } from './bart'

/** BART with norms on the inputs of sublayers, and one at the end. */
export const mbart: ModelFamily = {
  ...bart,
  type: 'mbart',
  title: 'mBART',
  source: 'Liu et al. 2020, https://aclanthology.org/2020.tacl-1.47/',
  config(reader) {
    reader.only('normalize_before', [true])
    reader.only('add_final_layer_norm', [true])
    reader.only('normalize_embedding', [true])
    reader.only('static_position_embeddings', [false])
    const config = bartEncoderConfig(reader)
    return {
      ...config,
      embeddingNorm: true,
      normPlacement: 'input',
      finalNorm: true,
      positions: learnedPositions(config.maxTokens, 2)
    }
  },
  weights: { ...bartWeights, finalNorm: 'encoder.layer_norm' }
}
