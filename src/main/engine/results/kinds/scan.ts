import { partTitles } from '@shared/ablation'
import type { ResultKind } from '../kind'
import {
  aboutIntervals,
  effectCells,
  effectColumns,
  figures,
  largestEffect,
  methodsOf,
  onCorpus,
  sampled,
  unitCells
} from './ablationWords'

export const scanKind: ResultKind<'scan'> = {
  id: 'scan',
  command: 'ablate',
  summarise: ({ kind, edit, units, measures: [first], words }) =>
    figures(
      `every ${partTitles[kind].one}, ${edit.toLowerCase()}, ${units.length} parts`,
      first ? largestEffect(first, first.effects) : null,
      words
    ),
  rows: ({ units, measures }) => ({
    columns: ['block', 'head', 'measure', ...effectColumns],
    rows: measures.flatMap(({ title, effects }) =>
      units.map((unit, i) => [...unitCells(unit), title, ...effectCells(effects[i]!)])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Each ${result.kind} of ${result.modelName} was switched off alone (${result.edit.toLowerCase()}), and ` +
        `${result.measures.map(({ title }) => title.toLowerCase()).join(', ')} measured ${onCorpus(result)}.`,
      aboutIntervals(result)
    ),
  cites: sampled,
  describe: ({ kind, units, measures }) =>
    `Every ${partTitles[kind].one}, ${units.length} parts, ${measures.length} measures`
}
