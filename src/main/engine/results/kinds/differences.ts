import type { ResultKind } from '../kind'
import { figures, methodsOf, sampled, light } from './ablationWords'
import { byRandomisation, testCells, testColumns } from './testWords'

export const differencesKind: ResultKind<'differences'> = {
  id: 'differences',
  command: 'compare',
  passing: light,
  summarise: ({ tests: [first, ...others] }) =>
    figures(
      first ? `${first.a} minus ${first.b}${others.length > 0 ? ` and ${others.length} more` : ''}` : '',
      first && others.length === 0
        ? { measure: 'difference of accuracy', value: first.difference, interval: first.interval, layer: null }
        : null,
      first?.words ?? null
    ),
  rows: ({ tests }) => ({
    columns: ['a', 'layer_a', 'b', 'layer_b', ...testColumns],
    rows: tests.map(({ a, b, layerA, layerB, ...test }) => [a, layerA, b, layerB, ...testCells(test)])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Probes of ${[...new Set(result.tests.flatMap(({ a, b }) => [a, b]))].join(', ')} for ${result.task} were ` +
        `compared by their accuracy on the same items of ${listed.subject.data.name}, in ` +
        `${result.tests.length} pairs of layers.`,
      byRandomisation(result.permutations, "with Holm's correction for all pairs")
    ),
  cites: sampled,
  describe: ({ task, tests }) => `${task}, ${tests.length} differences between layers`
}
