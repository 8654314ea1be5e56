import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'
import { gemmaConfig } from './gemma'
import { isSliding, readLayerTypes } from '../layerTypes'
import { llama, llamaWeights, type LlamaOptions } from './llama'

/** Norms around both sublayers, caps, a scale of its own, windows in some of the layers. */
export function gemma2Config(
  reader: ConfigReader,
  slidingByRule: (layer: number) => boolean,
  options: LlamaOptions = {}
): TransformerConfig {
  const config = gemmaConfig(reader, 'hidden_activation', options)
  const scale = 1 / Math.sqrt(reader.positive('query_pre_attn_scalar', 256))
  const window = reader.optionalCount('sliding_window') ?? 4096
  const types = readLayerTypes(reader, config.layers, slidingByRule)
  return {
    ...config,
    normPlacement: 'both',
    scoreCap: reader.optionalPositive('attn_logit_softcapping'),
    blocks: config.blocks.map((place, i) => ({ ...place, scale, window: isSliding(types[i]!) ? window : null })),
    head: config.head && { ...config.head, cap: reader.optionalPositive('final_logit_softcapping') }
  }
}

export const gemma2Weights = {
  ...llamaWeights,
  attentionOutputNorm: 'layers.{i}.post_attention_layernorm',
  mlpNorm: 'layers.{i}.pre_feedforward_layernorm',
  mlpOutputNorm: 'layers.{i}.post_feedforward_layernorm'
} as const satisfies WeightNames

export const gemma2: ModelFamily = {
  ...llama,
  type: 'gemma2',
  title: 'Gemma 2',
  source: 'Gemma Team 2024, https://arxiv.org/abs/2408.00118',
  config(reader) {
    const config = gemma2Config(reader, (i) => i % 2 === 0)
    // Without the field there is a cap; null is none.
    return {
      ...config,
      scoreCap: reader.states('attn_logit_softcapping') ? config.scoreCap : 50,
      head: config.head && { ...config.head, cap: reader.states('final_logit_softcapping') ? config.head.cap : 30 }
    }
  },
  weights: gemma2Weights
}
