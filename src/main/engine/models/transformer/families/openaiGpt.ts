import type { ModelFamily } from '../family'
import { gpt2, gpt2Config } from './gpt2'

/** The first GPT: norms after the sums. */
export const openaiGpt: ModelFamily = {
  ...gpt2,
  type: 'openai-gpt',
  title: 'GPT',
  source:
    'Radford et al. 2018, ' +
    'https://cdn.openai.com/research-covers/language-unsupervised/language_understanding_paper.pdf',
  config(reader) {
    const named = reader.text('afn', 'gelu')
    return {
      ...gpt2Config(reader),
      // Its gelu is the tanh approximation.
      activation: named === 'gelu' ? 'geluTanh' : reader.activationNamed('afn', named),
      normPlacement: 'sum',
      finalNorm: false
    }
  },
  weights: { ...gpt2.weights, tokenEmbedding: 'tokens_embed', positionEmbedding: 'positions_embed' },
  ignored: [...gpt2.ignored, /position_ids$/]
}
