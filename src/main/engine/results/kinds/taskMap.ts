import type { ResultKind } from '../kind'
import {
  aboutIntervals,
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
    columns: ['task', 'kind', 'block', 'head', 'plain', ...effectColumns, 'corrected'],
    rows: columns.flatMap(({ title, plain, effects, corrected }) =>
      units.map((unit, i) => [
        title,
        unit.kind,
        ...unitCells(unit),
        plain,
        ...effectCells(effects[i]!),
        corrected?.[i] ?? null
      ])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Every head, attention, MLP and block of ${result.modelName} was switched off alone ` +
        `(${result.edit.toLowerCase()}) and measured by ${result.columns.map(({ title }) => title).join('; ')}, ` +
        `${onCorpus(result)}; heads are held against random directions of their block.`,
      aboutIntervals(result),
      result.columns[0]?.corrected
        ? 'P-values are by exchanging the scores of each cluster with and without the part at random, and corrected ' +
            `for all ${(result.units.length * result.columns.length).toLocaleString('en')} comparisons by max-T ` +
            '[westfallYoung1993].'
        : 'Its cells were not corrected for the number of comparisons.'
    ),
  cites: (result) => [...sampled(result), ...(result.columns[0]?.corrected ? ['westfallYoung1993' as const] : [])],
  describe: ({ units, columns }) => `${units.length} parts by ${columns.length} tasks`
}
