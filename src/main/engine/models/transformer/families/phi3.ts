import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { llama, llamaConfig, llamaWeights } from './llama'

export const phi3: ModelFamily = {
  ...llama,
  type: 'phi3',
  title: 'Phi-3',
  source: 'Abdin et al. 2024, https://arxiv.org/abs/2404.14219',
  config(reader) {
    // What this family calls yarn is another scaling than everyone else's, by length of the input.
    const types = ['default', 'linear', 'llama3']
    const config = llamaConfig(reader)
    const rotary = readRotary(reader, { headWidth: config.headWidth, types, partial: 1 })
    const window = reader.optionalCount('sliding_window')
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { queryKeyValue: false, attentionOut: false, mlp: false },
      blocks: config.blocks.map((place) => ({ ...place, window, rotary }))
    }
  },
  weights: {
    ...llamaWeights,
    queryKeyValue: { fused: 'layers.{i}.self_attn.qkv_proj', order: 'stacked' },
    mlpIn: 'layers.{i}.mlp.gate_up_proj',
    mlpGate: 'layers.{i}.mlp.gate_up_proj'
  }
}
