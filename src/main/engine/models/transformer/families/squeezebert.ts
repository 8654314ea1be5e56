import type { TransformerConfig } from '../config'
import type { ConfigReader } from '../configReader'
import type { ModelFamily } from '../family'
import { bert, bertConfig, bertWeights } from './bert'

/** BERT whose matrices are block-diagonal, each with a number of groups. */
function squeezebertConfig(reader: ConfigReader): TransformerConfig {
  const config = bertConfig(reader)
  const { width, mlpWidth } = config
  if (reader.count('embedding_size', 768) !== width)
    throw reader.refusal('embedding_size', `but 'hidden_size' is ${width}; SqueezeBERT has no projection between them`)
  // The blocks of the reference implementation have this number whatever the config says.
  reader.only('layer_norm_eps', [1e-12])
  const groupsOf = (field: string, fallback: number, inputs: number, outputs: number): number => {
    const groups = reader.count(field, fallback)
    if (inputs % groups !== 0 || outputs % groups !== 0)
      throw reader.refusal(field, `which does not divide a matrix of ${inputs} inputs and ${outputs} outputs`)
    return groups
  }
  return {
    ...config,
    groups: {
      query: groupsOf('q_groups', 4, width, width),
      key: groupsOf('k_groups', 4, width, width),
      value: groupsOf('v_groups', 4, width, width),
      attentionOut: groupsOf('post_attention_groups', 1, width, width),
      mlpIn: groupsOf('intermediate_groups', 4, width, mlpWidth),
      mlpOut: groupsOf('output_groups', 4, mlpWidth, width)
    }
  }
}

export const squeezebert: ModelFamily = {
  ...bert,
  type: 'squeezebert',
  title: 'SqueezeBERT',
  source: 'Iandola et al. 2020, https://aclanthology.org/2020.sustainlp-1.17/',
  config: squeezebertConfig,
  weights: {
    ...bertWeights,
    queryKeyValue: {
      query: 'encoder.layers.{i}.attention.query',
      key: 'encoder.layers.{i}.attention.key',
      value: 'encoder.layers.{i}.attention.value'
    },
    attentionOut: 'encoder.layers.{i}.post_attention.conv1d',
    attentionNorm: 'encoder.layers.{i}.post_attention.layernorm',
    mlpIn: 'encoder.layers.{i}.intermediate.conv1d',
    mlpOut: 'encoder.layers.{i}.output.conv1d',
    mlpNorm: 'encoder.layers.{i}.output.layernorm'
  },
  prefixes: ['transformer.', '']
}
