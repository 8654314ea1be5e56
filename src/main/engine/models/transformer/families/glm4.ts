import type { ModelFamily } from '../family'
import { glm, glmConfig, glmWeights } from './glm'

/** GLM with norms on both sides of a sublayer. */
export const glm4: ModelFamily = {
  ...glm,
  type: 'glm4',
  title: 'GLM-4',
  source: 'Z.ai 2025, https://huggingface.co/zai-org/GLM-4-9B-0414',
  config: (reader) => ({ ...glmConfig(reader), normPlacement: 'both' }),
  weights: {
    ...glmWeights,
    attentionOutputNorm: 'layers.{i}.post_self_attn_layernorm',
    mlpOutputNorm: 'layers.{i}.post_mlp_layernorm'
  }
}
