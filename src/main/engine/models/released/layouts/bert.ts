import { dense, norm, type NameRule } from '../nameTable'
import type { LayoutContext, ReleaseLayout } from '../layout'
import { blockCount, extent, headsOf } from '../shapes'

const layer = 'bert/encoder/layer_{i}'

/** A block of BERT, or of a model made from its code, below other names. */
export function blockRules(from: string, to: string): NameRule[] {
  return [
    ...['query', 'key', 'value'].flatMap((part) =>
      dense(`${from}/attention/self/${part}`, `${to}.attention.self.${part}`)
    ),
    ...dense(`${from}/attention/output/dense`, `${to}.attention.output.dense`),
    ...norm(`${from}/attention/output/LayerNorm`, `${to}.attention.output.LayerNorm`),
    ...dense(`${from}/intermediate/dense`, `${to}.intermediate.dense`),
    ...dense(`${from}/output/dense`, `${to}.output.dense`),
    ...norm(`${from}/output/LayerNorm`, `${to}.output.LayerNorm`)
  ]
}

export function embeddingRules(from: string, to: string): NameRule[] {
  return [
    ...['word', 'position', 'token_type'].map((kind) => ({
      from: `${from}/${kind}_embeddings`,
      to: `${to}.${kind}_embeddings.weight`
    })),
    ...norm(`${from}/LayerNorm`, `${to}.LayerNorm`)
  ]
}

/** Sizes of BERT by the shapes of its tensors, for modules without a config. */
function sizes({ stored, stated }: LayoutContext): Record<string, unknown> {
  const width = extent(stored, 'bert/embeddings/word_embeddings', 1)
  return {
    vocab_size: extent(stored, 'bert/embeddings/word_embeddings', 0),
    hidden_size: width,
    num_hidden_layers: blockCount(stored, `${layer}/output/dense/kernel`),
    num_attention_heads: headsOf(width, stated?.['num_attention_heads'], 'a bert_config.json beside it'),
    intermediate_size: extent(stored, 'bert/encoder/layer_0/intermediate/dense/kernel', 1),
    max_position_embeddings: extent(stored, 'bert/embeddings/position_embeddings', 0),
    type_vocab_size: extent(stored, 'bert/embeddings/token_type_embeddings', 0),
    hidden_act: 'gelu'
  }
}

/** BERT as google-research/bert saves it, and the modules of TF Hub that were exported from that code. */
export const bertLayout: ReleaseLayout = {
  title: 'BERT of google-research/bert',
  recognises: (has) => has('bert/embeddings/word_embeddings') && has('bert/encoder/layer_0/output/dense/kernel'),
  configNames: ['bert_config.json', 'config.json'],
  config: (context) => ({ ...(context.config ?? sizes(context)), model_type: 'bert' }),
  rules: () => [
    ...embeddingRules('bert/embeddings', 'bert.embeddings'),
    ...blockRules(layer, 'bert.encoder.layer.{i}'),
    ...dense('bert/pooler/dense', 'bert.pooler.dense'),
    ...dense('cls/predictions/transform/dense', 'cls.predictions.transform.dense'),
    ...norm('cls/predictions/transform/LayerNorm', 'cls.predictions.transform.LayerNorm'),
    { from: 'cls/predictions/output_bias', to: 'cls.predictions.bias' },
    { from: 'cls/seq_relationship/output_weights', to: 'cls.seq_relationship.weight' },
    { from: 'cls/seq_relationship/output_bias', to: 'cls.seq_relationship.bias' }
  ],
  tokenizer: { config: { model_type: 'bert' }, settings: {} },
  casedByVocabulary: true,
  geluField: 'hidden_act'
}
