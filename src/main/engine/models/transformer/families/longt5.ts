import type { ModelFamily, WeightNames } from '../family'
import { t5, t5Weights } from './t5'

const block = 'encoder.block.{i}.layer.0'

/** Names where attention is the module of this name. */
function namesOf(attention: string): WeightNames {
  return {
    ...t5Weights,
    relativeTable: `encoder.block.0.layer.0.${attention}.relative_attention_bias`,
    madeTable: `encoder.block.0.layer.0.${attention}.global_relative_attention_bias`,
    madeNorm: `${block}.${attention}.global_input_layer_norm`,
    queryKeyValue: {
      query: `${block}.${attention}.q`,
      key: `${block}.${attention}.k`,
      value: `${block}.${attention}.v`
    },
    attentionOut: `${block}.${attention}.o`
  }
}

/** T5 whose encoder attends to near tokens, and to tokens made of several where it is `transient-global`. */
export const longt5: ModelFamily = {
  ...t5,
  type: 'longt5',
  title: 'LongT5',
  source: 'Guo et al. 2022, https://aclanthology.org/2022.findings-naacl.55/',
  config(reader) {
    const config = t5.config(reader)
    reader.only('encoder_attention_type', ['local', 'transient-global'])
    const size = reader.count('local_radius', 127) + 1
    const makes = reader.text('encoder_attention_type', 'local') === 'transient-global'
    return {
      ...config,
      // There is no last position; it was trained on inputs of this length.
      maxTokens: reader.count('n_positions', 4096),
      blocks: config.blocks.map((place) => ({ ...place, window: size })),
      sparse: { kind: 'local', size, madeFrom: makes ? reader.count('global_block_size', 16) : null }
    }
  },
  weights: namesOf('LocalSelfAttention'),
  weightsOf: ({ sparse }) =>
    namesOf(sparse?.kind === 'local' && sparse.madeFrom ? 'TransientGlobalSelfAttention' : 'LocalSelfAttention')
}
