import { usual } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

/** The first OLMo: norms without weights. */
export const olmo: ModelFamily = {
  ...llama,
  type: 'olmo',
  title: 'OLMo',
  source: 'Groeneveld et al. 2024, https://aclanthology.org/2024.acl-long.841/',
  config(reader) {
    const config = llamaConfig(reader)
    return {
      ...config,
      // Not in the config: the reference implementation has it in its code.
      normEpsilon: 1e-5,
      norm: { ...usual.norm, gain: false, bias: false },
      biases: { ...config.biases, mlp: false },
      queryKeyValueClip: reader.optionalPositive('clip_qkv')
    }
  }
}
