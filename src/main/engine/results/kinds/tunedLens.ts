import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, onCorpus } from './ablationWords'

export const tunedLensKind: ResultKind<'tunedLens'> = {
  id: 'tunedLens',
  command: 'lens',
  summarise: ({ steps, layers, words }) => ({
    ...figures(`tuned lens, ${steps} updates`, null, words),
    curve: layers.map(({ layer, tuned }) => ({ layer, value: tuned }))
  }),
  rows: ({ layers }) => ({
    columns: ['layer', 'logit lens', 'tuned lens'],
    rows: layers.map(({ layer, logit, tuned }) => [layer, logit, tuned])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `A tuned lens [belrose2023lens] of ${listed.subject.model.name} was trained ${onCorpus(result)}: for every ` +
        'layer an affine map, starting from the identity, after which the head’s predictions diverge least (KL) from ' +
        `the top layer’s; ${result.steps} updates of about ${result.batch} tokens by Adam, with a learning rate that ` +
        `falls from ${result.rate} to 0. Divergences are means over the tokens of ${result.heldOut} sentences that ` +
        'were held out.'
    ),
  cites: (result) => ['belrose2023lens', ...computed(result)],
  describe: ({ layers, steps }) => `Tuned lens, ${layers.length} layers, ${steps} updates`
}
