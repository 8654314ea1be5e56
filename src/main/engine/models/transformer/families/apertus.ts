import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig, llamaWeights } from './llama'

export const apertus: ModelFamily = {
  ...llama,
  type: 'apertus',
  title: 'Apertus',
  source: 'Project Apertus 2025, https://arxiv.org/abs/2509.14233',
  config(reader) {
    if (!reader.has('rope_parameters') && !reader.has('rope_scaling'))
      throw reader.refusal('rope_parameters', 'and Layerscope does not guess the scaling of its positions')
    const xielu = reader.text('hidden_act', 'xielu') === 'xielu'
    const config = llamaConfig(reader, { theta: 12_000_000, ...(xielu && { activation: 'none' }) })
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      queryKeyNorm: rmsOfHeads,
      gated: false,
      xielu,
      biases: { ...config.biases, mlp: false }
    }
  },
  weights: {
    ...llamaWeights,
    queryNorm: 'layers.{i}.self_attn.q_norm',
    keyNorm: 'layers.{i}.self_attn.k_norm',
    attentionNorm: 'layers.{i}.attention_layernorm',
    mlpNorm: 'layers.{i}.feedforward_layernorm',
    xielu: 'layers.{i}.mlp.act_fn'
  }
}
