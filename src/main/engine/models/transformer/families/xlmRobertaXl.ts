import type { ModelFamily } from '../family'
import { bertWeights } from './bert'
import { roberta, robertaConfig } from './roberta'

/** XLM-RoBERTa with norms on the inputs of sublayers, one at the end and none on embeddings. */
export const xlmRobertaXl: ModelFamily = {
  ...roberta,
  type: 'xlm-roberta-xl',
  title: 'XLM-RoBERTa XL',
  source: 'Goyal et al. 2021, https://aclanthology.org/2021.repl4nlp-1.4/',
  config: (reader) => ({
    ...robertaConfig(reader),
    normEpsilon: reader.epsilon('layer_norm_eps', 1e-5),
    embeddingNorm: false,
    normPlacement: 'input',
    finalNorm: true
  }),
  weights: {
    ...bertWeights,
    attentionNorm: 'encoder.layer.{i}.attention.self_attn_layer_norm',
    mlpNorm: 'encoder.layer.{i}.LayerNorm',
    finalNorm: 'encoder.LayerNorm'
  }
}
