import { rmsOfHeads } from '../config'
import type { ModelFamily } from '../family'
import { usualMixture } from '../mixture/config'
import { readRotary } from '../rotaryFrequencies'
import { llama, llamaConfig, llamaWeights } from './llama'
import { expertNames } from './qwen2Moe'

/** The text part of Llama 4, saved by itself. */
export const llama4Text: ModelFamily = {
  ...llama,
  type: 'llama4_text',
  title: 'Llama 4',
  source: 'Meta AI 2025, https://ai.meta.com/blog/llama-4-multimodal-intelligence/',
  className: 'llama4',
  config(reader) {
    const config = llamaConfig(reader, { theta: 500_000 })
    const rotary = { ...readRotary(reader, { headWidth: config.headWidth, theta: 500_000 }), interleaved: true }
    const every = reader.count('no_rope_layer_interval', 4)
    const given = reader.integers('no_rope_layers')
    const turned = given?.length
      ? given
      : Array.from({ length: config.layers }, (_, i) => Number((i + 1) % every !== 0))
    if (turned.length !== config.layers)
      throw reader.refusal('no_rope_layers', `but the model has ${config.layers} layers`)
    const size = reader.states('attention_chunk_size')
      ? reader.optionalCount('attention_chunk_size')
      : reader.count('attention_chunk_size', 8192)
    const types =
      reader.texts('layer_types') ??
      turned.map((turns) => (turns && size !== null ? 'chunked_attention' : 'full_attention'))
    if (types.length !== config.layers) throw reader.refusal('layer_types', `but the model has ${config.layers} layers`)
    if (types.some((type) => type !== 'full_attention' && (type !== 'chunked_attention' || size === null)))
      throw reader.refusal('layer_types', 'of which Layerscope implements chunked_attention and full_attention')
    const grows = reader.flag('attn_temperature_tuning', true)
    const growth = {
      weight: reader.number('attn_scale', 0.1),
      every: reader.count('floor_scale', 8192),
      first: 1
    }
    const expertWidth = reader.count('intermediate_size', 8192)
    const mixture = {
      ...usualMixture,
      score: 'sigmoid',
      weights: 'probabilities',
      weighsInput: true,
      experts: reader.count('num_local_experts', 16),
      chosen: reader.count('num_experts_per_tok', 1),
      width: expertWidth,
      activation: config.activation,
      shared: { width: expertWidth, weighed: false }
    } as const
    const step = reader.count('interleave_moe_layer_step', 1)
    const mixed = reader.integers('moe_layers')
    const routes = (layer: number): boolean => (mixed ? mixed.includes(layer) : (layer + 1) % step === 0)
    return {
      ...config,
      mlpWidth: reader.count('intermediate_size_mlp', 16_384),
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { ...config.biases, mlp: false },
      queryKeyNorm: reader.flag('use_qk_norm', true)
        ? { ...rmsOfHeads, turned: true, weights: 'none', onlyTurned: true }
        : null,
      blocks: config.blocks.map((place, i) => ({
        ...place,
        rotary: turned[i] ? rotary : null,
        queryGrowth: grows && !turned[i] ? growth : null,
        ...(types[i] === 'chunked_attention' && size !== null ? { chunk: size } : {}),
        ...(routes(i) ? { feedForward: mixture } : {})
      }))
    }
  },
  weights: {
    ...llamaWeights,
    mlpIn: 'layers.{i}.feed_forward.up_proj',
    mlpGate: 'layers.{i}.feed_forward.gate_proj',
    mlpOut: 'layers.{i}.feed_forward.down_proj',
    mixture: {
      router: 'layers.{i}.feed_forward.router',
      stacked: 'inOut',
      experts: {
        gate: 'layers.{i}.feed_forward.experts.gate_up_proj',
        up: 'layers.{i}.feed_forward.experts.gate_up_proj',
        down: 'layers.{i}.feed_forward.experts.down_proj'
      },
      shared: expertNames('layers.{i}.feed_forward.shared_expert')
    }
  }
}
