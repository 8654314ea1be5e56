import type { ResultKind } from '../kind'
import {
  aboutIntervals,
  effectCells,
  effectColumns,
  figures,
  methodsOf,
  onCorpus,
  sampled,
  setText
} from './ablationWords'

export const ablationSetKind: ResultKind<'ablationSet'> = {
  id: 'ablationSet',
  command: 'ablate',
  summarise: ({ measures: [first], words, provenance }) =>
    figures(
      setText(provenance?.request),
      first
        ? {
            measure: `change of ${first.title.toLowerCase()}`,
            value: first.effect.difference,
            interval: first.effect.interval,
            layer: null
          }
        : null,
      words
    ),
  rows: ({ measures }) => ({
    columns: ['measure', 'set', 'plain', ...effectColumns],
    rows: measures.flatMap(({ title, plain, effect, random }) => [
      [title, 'the set', plain, ...effectCells(effect)],
      ...random.map((one, i) => [title, `random ${i + 1}`, plain, ...effectCells(one)])
    ])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${result.modelName} was changed by ${setText(result.provenance?.request)}, and ` +
        `${result.measures.map(({ title }) => title.toLowerCase()).join(', ')} measured ${onCorpus(result)}, ` +
        `beside ` +
        `${result.measures[0]?.random.length ?? 0} random sets of the same size.`,
      aboutIntervals(result)
    ),
  cites: sampled,
  describe: ({ measures }) => `A set of interventions, ${measures.length} measures`
}
