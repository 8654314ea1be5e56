import { usual } from '../config'
import type { ModelFamily } from '../family'
import { llama, llamaConfig } from './llama'

export const nemotron: ModelFamily = {
  ...llama,
  type: 'nemotron',
  title: 'Nemotron',
  source:
    'Parmar et al. 2024, https://arxiv.org/abs/2402.16819; Minitron: Muralidharan et al. 2024, ' +
    'https://arxiv.org/abs/2407.14679',
  config(reader) {
    const config = llamaConfig(reader, { partial: 0.5, partialFields: ['partial_rotary_factor', 'rope_percent'] })
    return {
      ...config,
      activation: reader.activation('hidden_act', 'relu2'),
      normEpsilon: reader.epsilon('norm_eps', 1e-5),
      norm: { ...usual.norm, offset: 1 },
      gated: false
    }
  }
}
