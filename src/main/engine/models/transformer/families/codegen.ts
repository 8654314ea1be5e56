import type { ModelFamily } from '../family'
import { gptj } from './gptj'

/** GPT-J with queries, values and keys of each quarter of the heads in one matrix. */
export const codegen: ModelFamily = {
  ...gptj,
  type: 'codegen',
  title: 'CodeGen',
  source: 'Nijkamp et al. 2023, https://openreview.net/forum?id=iaYcJKpY2B_',
  config(reader) {
    const config = gptj.config(reader)
    if (config.heads % 4 !== 0) throw reader.refusal('n_head', 'but its heads are stored in quarters')
    return config
  },
  weights: { ...gptj.weights, queryKeyValue: { fused: 'h.{i}.attn.qkv_proj', order: 'byQuarter' } },
  ignored: [...gptj.ignored, /\.attn\.causal_mask$/]
}
