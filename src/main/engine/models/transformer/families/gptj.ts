import { everyBlock, plainHead, scaledAttention, sizes, usual } from '../config'
import type { ModelFamily } from '../family'
import { plainFrequencies } from '../rotaryFrequencies'

export const gptj: ModelFamily = {
  type: 'gptj',
  title: 'GPT-J',
  source: 'Wang & Komatsuzaki 2021, https://github.com/kingoflolz/mesh-transformer-jax',
  config(reader) {
    const width = reader.count(['n_embd', 'hidden_size'])
    const size = sizes({
      layers: reader.count(['n_layer', 'num_hidden_layers']),
      heads: reader.count(['n_head', 'num_attention_heads']),
      width,
      mlpWidth: reader.count('n_inner', 4 * width),
      vocabulary: reader.count('vocab_size'),
      maxTokens: reader.count(['n_positions', 'max_position_embeddings'])
    })
    const turned = reader.count('rotary_dim', 64)
    const rotary = { width: turned, frequencies: plainFrequencies(10_000, turned), factor: 1, interleaved: true }
    return {
      ...usual,
      ...size,
      activation: reader.activation('activation_function', 'gelu_new'),
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-5),
      normPlacement: 'input',
      parallel: 'sharedNorm',
      finalNorm: true,
      causal: true,
      blocks: everyBlock(size.layers, { ...scaledAttention(size.headWidth), rotary }),
      biases: { queryKeyValue: false, attentionOut: false, mlp: true },
      head: plainHead(reader.flag('tie_word_embeddings', false), true)
    }
  },
  weights: {
    tokenEmbedding: 'wte',
    queryKeyValue: { query: 'h.{i}.attn.q_proj', key: 'h.{i}.attn.k_proj', value: 'h.{i}.attn.v_proj' },
    attentionOut: 'h.{i}.attn.out_proj',
    attentionNorm: 'h.{i}.ln_1',
    mlpIn: 'h.{i}.mlp.fc_in',
    mlpOut: 'h.{i}.mlp.fc_out',
    finalNorm: 'ln_f'
  },
  head: { unembedding: 'lm_head', bias: ['lm_head.bias'] },
  prefixes: ['', 'transformer.'],
  ignored: [/\.attn\.(masked_)?bias$/, /\.attn\.embed_positions$/, /^lm_head\./, /^(score|qa_outputs)\./]
}
