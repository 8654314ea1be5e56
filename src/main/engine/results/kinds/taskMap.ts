import type { ResultKind } from '../kind'
import {
  bySentences,
  effectCells,
  effectColumns,
  figures,
  methodsOf,
  onCorpus,
  sampled,
  unitCells
} from './ablationWords'

export const taskMapKind: ResultKind<'taskMap'> = {
  id: 'taskMap',
  command: 'ablate',
  measured: ['found'],
  summarise: ({ columns, units, words }) =>
    figures(`${units.length} parts by ${columns.map(({ title }) => title).join('; ')}`, null, words),
  rows: ({ units, columns }) => ({
    columns: ['task', 'kind', 'block', 'head', 'plain', ...effectColumns],
    rows: columns.flatMap(({ title, plain, effects }) =>
      units.map((unit, i) => [title, unit.kind, ...unitCells(unit), plain, ...effectCells(effects[i]!)])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Every head, attention, MLP and block of ${result.modelName} was switched off alone ` +
        `(${result.edit.toLowerCase()}) and measured by ${result.columns.map(({ title }) => title).join('; ')}, ` +
        `${onCorpus(result)}; heads are held against random directions of their block.`,
      bySentences
    ),
  cites: sampled,
  describe: ({ units, columns }) => `${units.length} parts by ${columns.length} tasks`
}
