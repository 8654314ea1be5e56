import { plainHead } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

/** Llama whose rotary pairs are neighbours. */
export const ernie45: ModelFamily = {
  ...llama,
  type: 'ernie4_5',
  title: 'ERNIE 4.5',
  source: 'Baidu ERNIE Team 2025, https://ernie.baidu.com/blog/publication/ERNIE_Technical_Report.pdf',
  config(reader) {
    const config = llamaConfig(reader, { theta: 500_000, interleaved: true })
    if (!reader.states('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
    const bias = reader.flag('use_bias', false)
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      biases: { queryKeyValue: bias, attentionOut: bias, mlp: bias },
      head: plainHead(reader.flag('tie_word_embeddings', true))
    }
  }
}
