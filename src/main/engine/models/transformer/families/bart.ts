import { learnedPositions, plainAttention, sizes, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily, WeightNames } from '../family'

/** The encoder's side of a config of BART and of the families that were made from it. */
export function bartEncoderConfig(reader: ConfigReader, lengthField = 'max_position_embeddings'): TransformerConfig {
  const width = reader.count(['d_model', 'hidden_size'])
  const size = sizes({
    layers: reader.count(['encoder_layers', 'num_hidden_layers']),
    heads: reader.count(['encoder_attention_heads', 'num_attention_heads']),
    width,
    mlpWidth: reader.count('encoder_ffn_dim'),
    vocabulary: reader.count('vocab_size'),
    maxTokens: reader.count(lengthField)
  })
  return {
    ...usual,
    ...size,
    activation: reader.activation('activation_function', 'gelu'),
    normEpsilon: 1e-5,
    embeddingScale: reader.flag('scale_embedding', false) ? Math.sqrt(width) : 1,
    normPlacement: 'sum',
    finalNorm: false,
    causal: false,
    blocks: plainAttention(size)
  }
}

export const bartWeights = {
  // Sources and targets may have vocabularies of their own; the encoder's is the one that is read.
  tokenEmbedding: ['encoder.embed_tokens', 'shared'],
  positionEmbedding: 'encoder.embed_positions',
  embeddingNorm: 'encoder.layernorm_embedding',
  queryKeyValue: {
    query: 'encoder.layers.{i}.self_attn.q_proj',
    key: 'encoder.layers.{i}.self_attn.k_proj',
    value: 'encoder.layers.{i}.self_attn.v_proj'
  },
  attentionOut: 'encoder.layers.{i}.self_attn.out_proj',
  attentionNorm: 'encoder.layers.{i}.self_attn_layer_norm',
  mlpIn: 'encoder.layers.{i}.fc1',
  mlpOut: 'encoder.layers.{i}.fc2',
  mlpNorm: 'encoder.layers.{i}.final_layer_norm'
} as const satisfies WeightNames

export const bart: ModelFamily = {
  type: 'bart',
  title: 'BART',
  source: 'Lewis et al. 2020, https://aclanthology.org/2020.acl-main.703/',
  config(reader) {
    reader.only('normalize_before', [false])
    reader.only('add_final_layer_norm', [false])
    reader.only('normalize_embedding', [true])
    reader.only('static_position_embeddings', [false])
    const config = bartEncoderConfig(reader)
    // Two rows before the first token's, of which nothing makes use.
    return { ...config, embeddingNorm: true, positions: learnedPositions(config.maxTokens, 2) }
  },
  weights: bartWeights,
  prefixes: ['', 'model.'],
  ignored: [
    /^(model\.)?decoder\./,
    /embed_tokens\.weight$/,
    /^final_logits_bias$/,
    /^(lm_head|classification_head|qa_outputs)\./
  ],
  note: 'Of this encoder-decoder the encoder is run.'
}
