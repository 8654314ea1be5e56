import { everyBlock, plainHead, rmsNorm, scaledAttention, usual, type TransformerConfig } from '../config'
import type { Activation } from '../../../backends/kernels'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'
import { readRotary, type RotaryOptions } from '../rotaryFrequencies'
import { readSizes } from '../readSizes'

export interface LlamaOptions extends Omit<RotaryOptions, 'headWidth'> {
  /** Whatever `hidden_act` says. */
  activation?: Activation
  /** Of a family that spells it in its own way. */
  mlpWidth?: number
}

/** The config of Llama and of the many families that differ from it in a field or two. */
export function llamaConfig(
  reader: ConfigReader,
  { activation, mlpWidth, ...rotary }: LlamaOptions = {}
): TransformerConfig {
  reader.only('pretraining_tp', [1])
  const size = readSizes(reader, {
    ...(mlpWidth !== undefined && { mlpWidth }),
    maxTokens: reader.count('max_position_embeddings', 2048),
    headWidth: reader.optionalCount('head_dim'),
    keyValueHeads: reader.optionalCount('num_key_value_heads')
  })
  const attentionBias = reader.flag('attention_bias', false)
  return {
    ...usual,
    ...size,
    activation: activation ?? reader.activation('hidden_act', 'silu'),
    normEpsilon: reader.epsilon('rms_norm_eps', 1e-6),
    norm: rmsNorm,
    normPlacement: 'input',
    finalNorm: true,
    causal: true,
    blocks: everyBlock(size.layers, {
      ...scaledAttention(size.headWidth),
      rotary: readRotary(reader, { ...rotary, headWidth: size.headWidth })
    }),
    gated: true,
    biases: { queryKeyValue: attentionBias, attentionOut: attentionBias, mlp: reader.flag('mlp_bias', false) },
    head: plainHead(reader.flag('tie_word_embeddings', false))
  }
}

export const llamaWeights = {
  tokenEmbedding: 'embed_tokens',
  queryKeyValue: {
    query: 'layers.{i}.self_attn.q_proj',
    key: 'layers.{i}.self_attn.k_proj',
    value: 'layers.{i}.self_attn.v_proj'
  },
  attentionOut: 'layers.{i}.self_attn.o_proj',
  attentionNorm: 'layers.{i}.input_layernorm',
  mlpIn: 'layers.{i}.mlp.up_proj',
  mlpGate: 'layers.{i}.mlp.gate_proj',
  mlpOut: 'layers.{i}.mlp.down_proj',
  mlpNorm: 'layers.{i}.post_attention_layernorm',
  finalNorm: 'norm'
} as const satisfies WeightNames

/** Llama 1, 2 and 3. */
export const llama: ModelFamily = {
  type: 'llama',
  title: 'Llama',
  source: 'Touvron et al. 2023, https://arxiv.org/abs/2302.13971; Llama 3: https://arxiv.org/abs/2407.21783',
  config: llamaConfig,
  weights: llamaWeights,
  head: { unembedding: 'lm_head' },
  prefixes: ['', 'model.'],
  ignored: [/rotary_emb\.inv_freq$/, /^lm_head\./, /^(score|qa_outputs)\./]
}
