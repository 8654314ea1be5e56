import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

/** Llama whose rotary pairs are neighbours. */
export const helium: ModelFamily = {
  ...llama,
  type: 'helium',
  title: 'Helium',
  source: 'Kyutai 2025, https://huggingface.co/kyutai/helium-1-preview-2b',
  config(reader) {
    if (!reader.has('head_dim')) throw reader.refusal('head_dim', 'and Layerscope does not guess it')
    const config = llamaConfig(reader, { theta: 100_000, interleaved: true })
    return {
      ...config,
      normEpsilon: reader.epsilon('rms_norm_eps', 1e-8),
      biases: { ...config.biases, attentionOut: false }
    }
  }
}
