import { everyBlock, plainHead, scaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { readSizes } from '../readSizes'

/** Phi-1, 1.5 and 2. */
export const phi: ModelFamily = {
  type: 'phi',
  title: 'Phi',
  source: 'Li et al. 2023, https://arxiv.org/abs/2309.05463',
  config(reader) {
    reader.only('qk_layernorm', [false])
    const size = readSizes(reader, {
      maxTokens: reader.count('max_position_embeddings', 2048),
      keyValueHeads: reader.optionalCount('num_key_value_heads')
    })
    reader.only('head_dim', [size.headWidth])
    const rotary = readRotary(reader, { headWidth: size.headWidth, partial: 0.5 })
    return {
      ...usual,
      ...size,
      activation: reader.activation('hidden_act', 'gelu_new'),
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
      normPlacement: 'input',
      parallel: 'sharedNorm',
      finalNorm: true,
      causal: true,
      blocks: everyBlock(size.layers, { ...scaledAttention(size.headWidth), rotary }),
      head: plainHead(reader.flag('tie_word_embeddings', false), true)
    }
  },
  weights: {
    tokenEmbedding: 'embed_tokens',
    queryKeyValue: {
      query: 'layers.{i}.self_attn.q_proj',
      key: 'layers.{i}.self_attn.k_proj',
      value: 'layers.{i}.self_attn.v_proj'
    },
    attentionOut: 'layers.{i}.self_attn.dense',
    attentionNorm: 'layers.{i}.input_layernorm',
    mlpIn: 'layers.{i}.mlp.fc1',
    mlpOut: 'layers.{i}.mlp.fc2',
    finalNorm: 'final_layernorm'
  },
  head: { unembedding: 'lm_head', bias: ['lm_head.bias'] },
  prefixes: ['', 'model.'],
  ignored: [/rotary_emb\.inv_freq$/, /^lm_head\./, /^(score|classifier)\./]
}
