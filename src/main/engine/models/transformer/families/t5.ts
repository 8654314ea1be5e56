import { everyBlock, rmsNorm, sizes, unscaledAttention, usual } from '../config'
import type { ModelFamily, WeightNames } from '../family'

const block = 'encoder.block.{i}.layer'

export const t5Weights = {
  // The encoder's counts where both are stored; as a rule they are one.
  tokenEmbedding: ['encoder.embed_tokens', 'shared'],
  // The first block's table serves all of them.
  relativeTable: 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias',
  queryKeyValue: {
    query: `${block}.0.SelfAttention.q`,
    key: `${block}.0.SelfAttention.k`,
    value: `${block}.0.SelfAttention.v`
  },
  attentionOut: `${block}.0.SelfAttention.o`,
  attentionNorm: `${block}.0.layer_norm`,
  mlpIn: `${block}.1.DenseReluDense.wi`,
  mlpOut: `${block}.1.DenseReluDense.wo`,
  mlpNorm: `${block}.1.layer_norm`,
  finalNorm: 'encoder.final_layer_norm'
} as const satisfies WeightNames

/** The encoder of T5, in its first version and in 1.1. */
export const t5: ModelFamily = {
  type: 't5',
  title: 'T5',
  source: 'Raffel et al. 2020, https://jmlr.org/papers/v21/20-074.html',
  config(reader) {
    const size = sizes({
      layers: reader.count(['num_layers', 'num_hidden_layers']),
      heads: reader.count(['num_heads', 'num_attention_heads']),
      width: reader.count(['d_model', 'hidden_size']),
      mlpWidth: reader.count('d_ff'),
      vocabulary: reader.count('vocab_size'),
      // There is no last position; it was trained on inputs of this length.
      maxTokens: reader.count('n_positions', 512),
      headWidth: reader.count('d_kv', 64)
    })
    const projection = reader.text('feed_forward_proj', 'relu')
    // Version 1.1 says gelu and means its tanh approximation. What a file says in two more fields counts before it.
    const named = projection === 'gated-gelu' ? 'gelu_new' : projection.replace(/^gated-/, '')
    const activation = reader.has('dense_act_fn')
      ? reader.activation('dense_act_fn', named)
      : reader.activationNamed('feed_forward_proj', named)
    const gated = reader.flag('is_gated_act', projection.startsWith('gated-'))
    return {
      ...usual,
      ...size,
      activation,
      normEpsilon: reader.epsilon('layer_norm_epsilon', 1e-6),
      norm: rmsNorm,
      normPlacement: 'input',
      finalNorm: true,
      causal: false,
      // Scores are not scaled.
      blocks: everyBlock(size.layers, unscaledAttention),
      relative: {
        kind: 'buckets',
        buckets: reader.count('relative_attention_num_buckets', 32),
        maxDistance: reader.count('relative_attention_max_distance', 128)
      },
      gated,
      biases: { queryKeyValue: false, attentionOut: false, mlp: false }
    }
  },
  weights: t5Weights,
  gatedWeights: { mlpGate: `${block}.1.DenseReluDense.wi_0`, mlpIn: `${block}.1.DenseReluDense.wi_1` },
  prefixes: ['', 'transformer.'],
  untrained: (reader) => {
    // As in Mesh TensorFlow: scores are not scaled, so queries are small; the deviation falls with the number of
    // inputs.
    const factor = reader.number('initializer_factor', 1)
    const width = reader.count(['d_model', 'hidden_size'])
    const headWidth = reader.count('d_kv', 64)
    const ofInputs = (inputs: number): { deviation: number } => ({ deviation: factor / Math.sqrt(inputs) })
    return [
      { tensors: /layer_norm\.weight$/, draw: { constant: factor } },
      { tensors: /SelfAttention\.q\.weight$/, draw: ofInputs(width * headWidth) },
      {
        tensors: /SelfAttention\.o\.weight$/,
        draw: ofInputs(reader.count(['num_heads', 'num_attention_heads']) * headWidth)
      },
      { tensors: /DenseReluDense\.wo\.weight$/, draw: ofInputs(reader.count('d_ff')) },
      { tensors: /(SelfAttention|DenseReluDense)\./, draw: ofInputs(width) },
      { tensors: /./, draw: { deviation: factor } }
    ]
  },
  ignored: [/^(transformer\.)?decoder\./, /embed_tokens\.weight$/, /^(lm_head|classifier|classification_head)\./],
  note: 'Of this encoder-decoder the encoder is run.'
}
