import type { ResultKind } from '../kind'
import { figures, methodsOf, sampled, light } from './ablationWords'
import { byRandomisation, testCells, testColumns } from './testWords'

export const testsKind: ResultKind<'tests'> = {
  id: 'tests',
  passing: light,
  // The id of the twin's run, which may have been run again.
  measured: ['twinRunId'],
  summarise: ({ best, controls, againstBest }) =>
    figures(`layer ${best} against ${againstBest.length} layers and ${controls.length} controls`),
  rows: ({ best, againstBest, controls }) => ({
    columns: ['layer', 'against', ...testColumns],
    rows: [
      ...againstBest.map((test) => ({ against: `layer ${best}`, ...test })),
      ...controls.map(({ control, ...test }) => ({ against: control, ...test }))
    ].map(({ layer, against, ...test }) => [layer, against, ...testCells(test)])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Layers of ${listed.subject.model.name} were tested against the best one and against their controls.`,
      ...(result.rule === 'conditional'
        ? ['Signal is claimed where conditional probing shows a gain over the word type and layer 0 [hewitt2021].']
        : []),
      byRandomisation(
        result.permutations,
        result.clusters === undefined
          ? "with Holm's correction for each of the two lists"
          : "controls with Holm's correction, layers against the best one with that of all pairs of layers (max-T)",
        result.clusters
      )
    ),
  cites: (result) => [...sampled(result), ...(result.rule === undefined ? [] : ['hewitt2021' as const])],
  describe: ({ againstBest, controls }) => `Tests of ${againstBest.length} layers and ${controls.length} controls`
}
