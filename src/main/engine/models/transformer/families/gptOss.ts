import type { ModelFamily } from '../family'
import { isSliding, readLayerTypes } from '../layerTypes'
import { usualMixture } from '../mixture/config'
import { llama, llamaConfig, llamaWeights } from './llama'

export const gptOss: ModelFamily = {
  ...llama,
  type: 'gpt_oss',
  title: 'gpt-oss',
  source: 'OpenAI 2025, https://arxiv.org/abs/2508.10925; sinks: https://arxiv.org/abs/2309.17453',
  config(reader) {
    const config = llamaConfig(reader, { theta: 150_000 })
    const bias = reader.flag('attention_bias', true)
    const window = reader.optionalCount('sliding_window') ?? 128
    const types = readLayerTypes(reader, config.layers, (i) => i % 2 === 0)
    const mixture = {
      ...usualMixture,
      experts: reader.count(['num_local_experts', 'num_experts'], 128),
      chosen: reader.count(['num_experts_per_tok', 'experts_per_token'], 4),
      width: config.mlpWidth,
      activation: config.activation,
      clipped: { alpha: reader.number('swiglu_alpha', 1.702), limit: reader.positive('swiglu_limit', 7) },
      routerBias: true,
      expertBias: true
    }
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { queryKeyValue: bias, attentionOut: bias, mlp: false },
      blocks: config.blocks.map((place, i) => ({
        ...place,
        window: isSliding(types[i]!) ? window : null,
        sinks: true,
        feedForward: mixture
      }))
    }
  },
  weights: {
    ...llamaWeights,
    sinks: 'layers.{i}.self_attn.sinks',
    mixture: {
      router: 'layers.{i}.mlp.router',
      stacked: 'inOut',
      alternating: true,
      experts: {
        gate: 'layers.{i}.mlp.experts.gate_up_proj',
        up: 'layers.{i}.mlp.experts.gate_up_proj',
        down: 'layers.{i}.mlp.experts.down_proj'
      }
    }
  }
}
