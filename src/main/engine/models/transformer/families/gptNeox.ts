import { everyBlock, plainHead, scaledAttention, usual } from '../config'
import type { ModelFamily } from '../family'
import { readRotary } from '../rotaryFrequencies'
import { readSizes } from '../readSizes'

/** GPT-NeoX, whose best known checkpoints are the Pythia suite. */
export const gptNeox: ModelFamily = {
  type: 'gpt_neox',
  title: 'GPT-NeoX',
  source:
    'Black et al. 2022, https://aclanthology.org/2022.bigscience-1.9/; Pythia: Biderman et al. 2023, ' +
    'https://arxiv.org/abs/2304.01373',
  config(reader) {
    reader.only('is_decoder', [true, false])
    const size = readSizes(reader)
    reader.only('head_dim', [size.headWidth])
    const rotary = readRotary(reader, {
      headWidth: size.headWidth,
      partial: 0.25,
      thetaFields: ['rotary_emb_base', 'rope_theta'],
      partialFields: ['rotary_pct']
    })
    const attentionBias = reader.flag('attention_bias', true)
    return {
      ...usual,
      ...size,
      activation: reader.activation('hidden_act', 'gelu'),
      normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
      normPlacement: 'input',
      parallel: reader.flag('use_parallel_residual', true) ? 'ownNorms' : 'no',
      finalNorm: true,
      causal: true,
      blocks: everyBlock(size.layers, { ...scaledAttention(size.headWidth), rotary }),
      biases: { queryKeyValue: attentionBias, attentionOut: attentionBias, mlp: true },
      head: plainHead(reader.flag('tie_word_embeddings', false))
    }
  },
  weights: {
    tokenEmbedding: 'embed_in',
    queryKeyValue: { fused: 'layers.{i}.attention.query_key_value', order: 'byGroup' },
    attentionOut: 'layers.{i}.attention.dense',
    attentionNorm: 'layers.{i}.input_layernorm',
    mlpIn: 'layers.{i}.mlp.dense_h_to_4h',
    mlpOut: 'layers.{i}.mlp.dense_4h_to_h',
    mlpNorm: 'layers.{i}.post_attention_layernorm',
    finalNorm: 'final_layer_norm'
  },
  head: { unembedding: 'embed_out' },
  prefixes: ['', 'gpt_neox.'],
  ignored: [
    /\.attention\.(masked_)?bias$/,
    /\.rotary_emb\.inv_freq$/,
    /^embed_out\./,
    /^(score|classifier|qa_outputs)\./
  ]
}
