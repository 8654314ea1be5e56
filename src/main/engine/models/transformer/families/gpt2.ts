import { learnedPositions, plainHead, sizes, unscaledAttention, usual, type TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'

export function gpt2Config(reader: ConfigReader): TransformerConfig {
  reader.only('add_cross_attention', [false])
  const width = reader.count(['n_embd', 'hidden_size'])
  const size = sizes({
    layers: reader.count(['n_layer', 'num_hidden_layers']),
    heads: reader.count(['n_head', 'num_attention_heads']),
    width,
    mlpWidth: reader.count('n_inner', 4 * width),
    vocabulary: reader.count('vocab_size'),
    maxTokens: reader.count(['n_positions', 'max_position_embeddings', 'n_ctx'])
  })
  const scale = reader.flag('scale_attn_weights', true) ? 1 / Math.sqrt(size.headWidth) : 1
  const byLayer = reader.flag('scale_attn_by_inverse_layer_idx', false)
  return {
    ...usual,
    ...size,
    activation: reader.activation('activation_function', 'gelu_new'),
    normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
    positions: learnedPositions(size.maxTokens),
    normPlacement: 'input',
    finalNorm: true,
    causal: true,
    blocks: Array.from({ length: size.layers }, (_, i) => ({
      ...unscaledAttention,
      scale: byLayer ? scale / (i + 1) : scale
    })),
    head: plainHead(reader.flag('tie_word_embeddings', true))
  }
}

export const gpt2: ModelFamily = {
  type: 'gpt2',
  title: 'GPT-2',
  source:
    'Radford et al. 2019, ' +
    'https://cdn.openai.com/better-language-models/language_models_are_unsupervised_multitask_learners.pdf',
  config: gpt2Config,
  weights: {
    tokenEmbedding: 'wte',
    positionEmbedding: 'wpe',
    queryKeyValue: { fused: 'h.{i}.attn.c_attn', order: 'stacked' },
    attentionOut: 'h.{i}.attn.c_proj',
    attentionNorm: 'h.{i}.ln_1',
    mlpIn: 'h.{i}.mlp.c_fc',
    mlpOut: 'h.{i}.mlp.c_proj',
    mlpNorm: 'h.{i}.ln_2',
    finalNorm: 'ln_f'
  },
  head: { unembedding: 'lm_head' },
  storedInOut: ['queryKeyValue', 'attentionOut', 'mlp'],
  prefixes: ['', 'transformer.'],
  untrained: (reader) => {
    // Radford et al. 2019, section 2.3: what is added to the residual stream is scaled by 1 / sqrt of the number of
    // additions.
    const layers = reader.count(['n_layer', 'num_hidden_layers'])
    return [
      {
        tensors: /\.c_proj\.weight$/,
        draw: { deviation: reader.number('initializer_range', 0.02) / Math.sqrt(2 * layers) }
      }
    ]
  },
  ignored: [/\.attn\.(masked_)?bias$/, /^lm_head\./, /^score\./, /^multiple_choice_head\./]
}
