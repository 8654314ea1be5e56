import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { usualMixture, type MixtureConfig } from '../mixture/config'
import type { MixtureNames } from '../mixture/load'
import { granite } from './granite'
import { llama, llamaWeights } from './llama'

/** The best logits, softmax over these: softmax over all, divided by the sum of the best. */
export function graniteMixture(reader: ConfigReader, config: TransformerConfig): MixtureConfig {
  return {
    ...usualMixture,
    experts: reader.count('num_local_experts', 8),
    chosen: reader.count('num_experts_per_tok', 2),
    width: reader.count('intermediate_size'),
    activation: config.activation
  }
}

export const graniteMixtureNames: MixtureNames = {
  router: 'layers.{i}.block_sparse_moe.router.layer',
  stacked: 'outIn',
  experts: {
    gate: 'layers.{i}.block_sparse_moe.input_linear',
    up: 'layers.{i}.block_sparse_moe.input_linear',
    down: 'layers.{i}.block_sparse_moe.output_linear'
  }
}

export const graniteMoe: ModelFamily = {
  ...llama,
  type: 'granitemoe',
  title: 'Granite MoE',
  source: 'Granite Team 2024, https://github.com/ibm-granite/granite-3.0-language-models',
  config(reader) {
    const config = granite.config(reader)
    const mixture = graniteMixture(reader, config)
    return {
      ...config,
      biases: { ...config.biases, mlp: false },
      blocks: config.blocks.map((place) => ({ ...place, feedForward: mixture }))
    }
  },
  weights: { ...llamaWeights, mixture: graniteMixtureNames }
}
