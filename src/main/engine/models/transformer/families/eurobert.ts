import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

/** Llama that reads in both directions. */
export const eurobert: ModelFamily = {
  ...llama,
  type: 'eurobert',
  title: 'EuroBERT',
  source: 'Boizard et al. 2025, https://arxiv.org/abs/2503.05500',
  config(reader) {
    const config = llamaConfig(reader, { theta: 250_000 })
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-5),
      causal: false,
      head: config.head && { ...config.head, bias: reader.flag('mlp_bias', false) }
    }
  },
  head: { unembedding: 'lm_head', bias: ['lm_head.bias'] },
  ignored: [...llama.ignored, /^(classifier|dense)\./]
}
