import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, setText, light } from './ablationWords'

export const similarityKind: ResultKind<'similarity'> = {
  id: 'similarity',
  command: 'ablate',
  passing: light,
  summarise: ({ layers, provenance }) => ({
    ...figures(`two sentences, ${setText(provenance?.request)}`),
    curve: layers.map(({ layer, changed }) => ({ layer, value: changed }))
  }),
  rows: ({ layers }) => ({
    columns: ['layer', 'set', 'cosine'],
    rows: layers.flatMap(({ layer, plain, changed, random }) => [
      [layer, 'the model as it is', plain],
      [layer, 'the set', changed],
      ...random.map((value, i) => [layer, `random ${i + 1}`, value])
    ])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Two sentences were compared layer by layer by the cosine of the means of their tokens' hidden states in ` +
        `${listed.subject.model.name}, with and without ${setText(result.provenance?.request)}.`
    ),
  cites: computed,
  describe: ({ layers }) => `Similarity of two sentences, ${layers.length} layers`
}
