import type { ModelFamily } from '../family'
import { bart, bartEncoderConfig, bartWeights } from './bart'

/** M2M-100 and NLLB: norms on inputs, sinusoids that count the tokens that are not padding. */
export const m2m100: ModelFamily = {
  ...bart,
  type: 'm2m_100',
  title: 'M2M-100',
  source: 'Fan et al. 2021, https://jmlr.org/papers/v22/20-1307.html; NLLB: https://arxiv.org/abs/2207.04672',
  config(reader) {
    const config = bartEncoderConfig(reader)
    const paddingId = reader.number('pad_token_id', 1)
    return {
      ...config,
      activation: reader.activation('activation_function', 'relu'),
      embeddingScale: reader.flag('scale_embedding', true) ? Math.sqrt(config.width) : 1,
      normPlacement: 'input',
      finalNorm: true,
      positions: {
        rows: config.maxTokens + paddingId + 1,
        count: 'notPadding',
        first: paddingId + 1,
        paddingId,
        fallback: 'fairseqSinusoids'
      }
    }
  },
  weights: { ...bartWeights, finalNorm: 'encoder.layer_norm' },
  // Sinusoids, where a checkpoint has them, are not trained.
  untrained: () => [{ tensors: /embed_positions\.weights?$/, draw: 'stored' }]
}
