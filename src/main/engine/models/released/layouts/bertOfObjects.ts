import { flat, norm, transposed, type NameRule } from '../nameTable'
import type { LayoutContext, ReleaseLayout } from '../layout'
import { blockCount, extent } from '../shapes'

const layer = 'transformer/layer_{i}'
const block = 'bert.encoder.layer.{i}'

/** A linear layer from [inputs ..., outputs ...], of which heads are an axis of their own. */
function heads(from: string, to: string, inputAxes = 1): NameRule[] {
  return [
    { from: `${from}/kernel`, to: `${to}.weight`, view: transposed(inputAxes) },
    { from: `${from}/bias`, to: `${to}.bias`, view: flat }
  ]
}

function sizes({ stored }: LayoutContext): Record<string, unknown> {
  return {
    vocab_size: extent(stored, 'word_embeddings/embeddings', 0),
    hidden_size: extent(stored, 'word_embeddings/embeddings', 1),
    num_hidden_layers: blockCount(stored, `${layer}/output/kernel`),
    num_attention_heads: extent(stored, 'transformer/layer_0/self_attention/query/kernel', 1),
    intermediate_size: extent(stored, 'transformer/layer_0/output/kernel', 0),
    max_position_embeddings: extent(stored, 'position_embedding/embeddings', 0),
    type_vocab_size: extent(stored, 'type_embeddings/embeddings', 0),
    hidden_act: 'gelu',
    model_type: 'bert'
  }
}

/**
 * BERT as TensorFlow's model garden saves it (`BertEncoder` of tensorflow/models): the modules of TF Hub for
 * TensorFlow 2, by the names of their variables. All sizes are in the shapes.
 */
export const bertOfObjects: ReleaseLayout = {
  title: "BERT of TensorFlow's model garden (a module of TF Hub for TensorFlow 2)",
  recognises: (has) => has('word_embeddings/embeddings') && has('transformer/layer_0/self_attention/query/kernel'),
  configNames: [],
  config: (context) => sizes(context),
  rules: () => [
    { from: 'word_embeddings/embeddings', to: 'bert.embeddings.word_embeddings.weight' },
    { from: 'position_embedding/embeddings', to: 'bert.embeddings.position_embeddings.weight' },
    { from: 'type_embeddings/embeddings', to: 'bert.embeddings.token_type_embeddings.weight' },
    ...norm('embeddings/layer_norm', 'bert.embeddings.LayerNorm'),
    ...['query', 'key', 'value'].flatMap((part) =>
      heads(`${layer}/self_attention/${part}`, `${block}.attention.self.${part}`)
    ),
    ...heads(`${layer}/self_attention/attention_output`, `${block}.attention.output.dense`, 2),
    ...norm(`${layer}/self_attention_layer_norm`, `${block}.attention.output.LayerNorm`),
    ...heads(`${layer}/intermediate`, `${block}.intermediate.dense`),
    ...heads(`${layer}/output`, `${block}.output.dense`),
    ...norm(`${layer}/output_layer_norm`, `${block}.output.LayerNorm`),
    ...heads('pooler_transform', 'bert.pooler.dense'),
    ...heads('cls/predictions/transform/dense', 'cls.predictions.transform.dense'),
    ...norm('cls/predictions/transform/LayerNorm', 'cls.predictions.transform.LayerNorm'),
    { from: 'cls/predictions/output_bias/bias', to: 'cls.predictions.bias' }
  ],
  leftOut: () => [/^do_lower_case$/, /\.ATTRIBUTES\/VARIABLE_VALUE$/],
  tokenizer: { config: { model_type: 'bert' }, settings: {} },
  casedByVocabulary: true,
  geluField: 'hidden_act'
}
