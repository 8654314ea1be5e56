import { learnedPositions, plainAttention, sizes, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'

/** The text encoder of CLIP and of what was made from it. */
export function clipTextConfig(reader: ConfigReader): TransformerConfig {
  const size = sizes({
    layers: reader.count('num_hidden_layers', 12),
    heads: reader.count('num_attention_heads', 8),
    width: reader.count('hidden_size', 512),
    mlpWidth: reader.count('intermediate_size', 2048),
    vocabulary: reader.count('vocab_size', 49_408),
    maxTokens: reader.count('max_position_embeddings', 77)
  })
  return {
    ...usual,
    ...size,
    activation: reader.activation('hidden_act', 'quick_gelu'),
    normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
    positions: learnedPositions(size.maxTokens),
    normPlacement: 'input',
    // The reference implementation has it apart from the hidden states.
    finalNorm: false,
    causal: true,
    blocks: plainAttention(size)
  }
}

export const clipText: ModelFamily = {
  type: 'clip_text_model',
  title: 'CLIP (text)',
  source: 'Radford et al. 2021, https://proceedings.mlr.press/v139/radford21a.html',
  config: clipTextConfig,
  weights: {
    tokenEmbedding: 'embeddings.token_embedding',
    positionEmbedding: 'embeddings.position_embedding',
    queryKeyValue: {
      query: 'encoder.layers.{i}.self_attn.q_proj',
      key: 'encoder.layers.{i}.self_attn.k_proj',
      value: 'encoder.layers.{i}.self_attn.v_proj'
    },
    attentionOut: 'encoder.layers.{i}.self_attn.out_proj',
    attentionNorm: 'encoder.layers.{i}.layer_norm1',
    mlpIn: 'encoder.layers.{i}.mlp.fc1',
    mlpOut: 'encoder.layers.{i}.mlp.fc2',
    mlpNorm: 'encoder.layers.{i}.layer_norm2'
  },
  prefixes: ['', 'text_model.'],
  ignored: [
    /(^|\.)final_layer_norm\./,
    /position_ids$/,
    /^(vision_model|visual_projection|text_projection|text_model\.head|head)\./,
    /^logit_(scale|bias)$/
  ],
  note: 'Its last layer is before the final norm, as among the hidden states of transformers.'
}
