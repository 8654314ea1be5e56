import { rmsNorm } from '../config'
import type { ModelFamily } from '../family'
import { roundedToBfloat16 } from '../distances'
import { readRotary } from '../rotaryFrequencies'
import { llama, llamaConfig, llamaWeights } from './llama'

/** Griffin as Google released it. */
export const recurrentGemma: ModelFamily = {
  ...llama,
  type: 'recurrent_gemma',
  title: 'RecurrentGemma',
  source: 'Botev et al. 2024, https://arxiv.org/abs/2404.07839; Griffin: https://arxiv.org/abs/2402.19427',
  config(reader) {
    const config = llamaConfig(reader, { activation: 'geluTanh' })
    const kinds = reader.texts('block_types') ?? ['recurrent', 'recurrent', 'attention']
    if (!kinds.length || kinds.some((kind) => kind !== 'recurrent' && kind !== 'attention'))
      throw reader.refusal('block_types', 'of which Layerscope implements recurrent and attention')
    const activation = reader.activation('hidden_activation', 'gelu_pytorch_tanh')
    const inner = reader.optionalCount('lru_width') ?? config.width
    const mixer = {
      kind: 'gatedRecurrence',
      inner,
      blocks: config.heads,
      kernel: reader.count('conv1d_width', 4),
      convolutionBias: true,
      activation
    } as const
    const window = reader.count('attention_window_size', 2048)
    const rotary = readRotary(reader, { headWidth: config.headWidth, partial: 0.5 })
    return {
      ...config,
      mlpWidth: Math.floor(reader.count('intermediate_size', 7680) / 2),
      activation,
      // The reference implementation keeps the factor in bfloat16.
      embeddingScale: roundedToBfloat16(Math.sqrt(config.width)),
      norm: { ...rmsNorm, offset: 1 },
      biases: { ...config.biases, attentionOut: true, mlp: true },
      blocks: config.blocks.map((place, i) =>
        kinds[i % kinds.length] === 'attention' ? { ...place, window, rotary } : { ...place, rotary: null, mixer }
      ),
      head: config.head && {
        ...config.head,
        tied: reader.flag('tie_word_embeddings', true),
        cap: reader.positive('logits_soft_cap', 30)
      }
    }
  },
  weights: {
    ...llamaWeights,
    queryKeyValue: {
      query: 'layers.{i}.temporal_block.q_proj',
      key: 'layers.{i}.temporal_block.k_proj',
      value: 'layers.{i}.temporal_block.v_proj'
    },
    attentionOut: 'layers.{i}.temporal_block.o_proj',
    attentionNorm: 'layers.{i}.temporal_pre_norm',
    mixer: 'layers.{i}.temporal_block',
    mlpIn: 'layers.{i}.mlp_block.up_proj',
    mlpGate: 'layers.{i}.mlp_block.gate_proj',
    mlpOut: 'layers.{i}.mlp_block.down_proj',
    mlpNorm: 'layers.{i}.channel_pre_norm',
    finalNorm: 'final_norm'
  }
}
