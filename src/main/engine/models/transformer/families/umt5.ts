import type { ModelFamily } from '../family'
import { t5, t5Weights } from './t5'

/** T5 1.1 with a table of distances in every block. */
export const umt5: ModelFamily = {
  ...t5,
  type: 'umt5',
  title: 'umT5',
  source: 'Chung et al. 2023, https://openreview.net/forum?id=kXwdL1cWOAi',
  config(reader) {
    const config = t5.config(reader)
    const { relative } = config
    return { ...config, relative: relative?.kind === 'buckets' ? { ...relative, byBlock: true } : null }
  },
  weights: { ...t5Weights, relativeTable: 'encoder.block.{i}.layer.0.SelfAttention.relative_attention_bias' }
}
