import type { ModelFamily } from '../family'
import { debertaConfig, debertaV2 } from './debertaV2'

const attention = 'encoder.layer.{i}.attention.self'

/** DeBERTa of the first version. */
export const deberta: ModelFamily = {
  ...debertaV2,
  type: 'deberta',
  title: 'DeBERTa 1',
  source: 'He et al. 2021, https://openreview.net/forum?id=XPZIaotutsD',
  config(reader) {
    reader.only('talking_head', [false])
    reader.only('position_buckets', [-1])
    reader.only('share_att_key', [false])
    reader.only('norm_rel_ebd', ['none'])
    const config = debertaConfig(reader)
    const { relative } = config
    const turned = reader.flag('relative_attention', false) && relative?.kind === 'disentangled'
    return {
      ...config,
      relative: turned ? { ...relative, keyBias: false } : null,
      biases: { ...config.biases, queryKeyValue: true }
    }
  },
  weights: {
    ...debertaV2.weights,
    queryKeyValue: {
      fused: `${attention}.in_proj`,
      order: 'byGroup',
      biases: { query: `${attention}.q_bias`, value: `${attention}.v_bias` }
    },
    relativeKey: `${attention}.pos_proj`,
    relativeQuery: `${attention}.pos_q_proj`
  }
}
