import { learnedPositions } from '../config'
import type { ModelFamily } from '../family'
import { bart, bartEncoderConfig, bartWeights } from './bart'

/** Norms on inputs, learned positions without the two spare rows of BART. */
export const blenderbot: ModelFamily = {
  ...bart,
  type: 'blenderbot',
  title: 'BlenderBot',
  source: 'Roller et al. 2021, https://aclanthology.org/2021.eacl-main.24/',
  config(reader) {
    reader.only('normalize_before', [true])
    reader.only('add_final_layer_norm', [true])
    reader.only('normalize_embedding', [false])
    reader.only('static_position_embeddings', [false])
    const config = bartEncoderConfig(reader)
    return {
      ...config,
      normPlacement: 'input',
      finalNorm: true,
      positions: learnedPositions(config.maxTokens)
    }
  },
  weights: { ...bartWeights, finalNorm: 'encoder.layer_norm' }
}
