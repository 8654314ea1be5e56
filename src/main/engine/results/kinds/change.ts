import type { ResultKind } from '../kind'
import { aboutIntervals, endCells, figures, methodsOf, onCorpus, sampled, setText } from './ablationWords'

export const changeKind: ResultKind<'change'> = {
  id: 'change',
  command: 'ablate',
  summarise: ({ movement, words, provenance }) => {
    const last = movement.at(-1)
    return {
      ...figures(
        setText(provenance?.request),
        last ? { measure: 'movement', value: last.value, interval: last.interval, layer: last.layer } : null,
        words
      ),
      curve: movement.map(({ layer, value, interval }) => ({ layer, value, interval }))
    }
  },
  rows: ({ movement, similarity }) => ({
    columns: ['layer', 'measure', 'set', 'value', 'low', 'high'],
    rows: Object.entries({ movement, similarity }).flatMap(([measure, layers]) =>
      layers.flatMap(({ layer, value, interval, random }) => [
        [layer, measure, 'the set', value, ...endCells(interval)],
        ...random.map((one, i) => [layer, measure, `random ${i + 1}`, one.value, ...endCells(one.interval)])
      ])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${result.modelName} was changed by ${setText(result.provenance?.request)}, and its hidden states ` +
        `compared with those of the model as it is, layer by layer, ${onCorpus(result)}: by the mean cosine distance ` +
        'of tokens, and by debiased linear CKA [kornblith2019, song2012] over ' +
        `${result.similarityTokens.toLocaleString('en')} tokens.`,
      aboutIntervals(result)
    ),
  cites: (result) => ['kornblith2019', 'song2012', ...sampled(result)],
  describe: ({ movement }) => `Change of ${movement.length} layers`
}
