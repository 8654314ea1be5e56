import { dense, norm } from '../nameTable'
import type { ReleaseLayout } from '../layout'
import { embeddingRules } from './bert'

const group = 'bert/encoder/transformer/group_{i}/inner_group_0'
const block = 'albert.encoder.albert_layer_groups.{i}.albert_layers.0'

/** ALBERT as google-research/albert saves it. */
export const albertLayout: ReleaseLayout = {
  title: 'ALBERT of google-research/albert',
  recognises: (has) => has('bert/encoder/transformer/group_0/inner_group_0/attention_1/self/query/kernel'),
  configNames: ['albert_config.json', 'config.json'],
  config: ({ config }) => ({ ...config, model_type: 'albert' }),
  rules: () => [
    ...embeddingRules('bert/embeddings', 'albert.embeddings'),
    ...dense('bert/encoder/embedding_hidden_mapping_in', 'albert.encoder.embedding_hidden_mapping_in'),
    ...['query', 'key', 'value'].flatMap((part) =>
      dense(`${group}/attention_1/self/${part}`, `${block}.attention.${part}`)
    ),
    ...dense(`${group}/attention_1/output/dense`, `${block}.attention.dense`),
    ...norm(`${group}/LayerNorm`, `${block}.attention.LayerNorm`),
    ...dense(`${group}/ffn_1/intermediate/dense`, `${block}.ffn`),
    ...dense(`${group}/ffn_1/intermediate/output/dense`, `${block}.ffn_output`),
    ...norm(`${group}/LayerNorm_1`, `${block}.full_layer_layer_norm`),
    ...dense('bert/pooler/dense', 'albert.pooler'),
    ...dense('cls/predictions/transform/dense', 'predictions.dense'),
    ...norm('cls/predictions/transform/LayerNorm', 'predictions.LayerNorm'),
    { from: 'cls/predictions/output_bias', to: 'predictions.bias' },
    { from: 'cls/seq_relationship/output_weights', to: 'sop_classifier.classifier.weight' },
    { from: 'cls/seq_relationship/output_bias', to: 'sop_classifier.classifier.bias' }
  ],
  tokenizer: { config: { model_type: 'albert' }, settings: {} },
  geluField: 'hidden_act'
}
