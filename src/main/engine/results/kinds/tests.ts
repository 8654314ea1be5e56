import type { ResultKind } from '../kind'
import { figures, methodsOf, sampled } from './ablationWords'

export const testsKind: ResultKind<'tests'> = {
  id: 'tests',
  passing: true,
  // The id of the twin's run, which may have been run again.
  measured: ['twinRunId'],
  summarise: ({ best, controls, againstBest }) =>
    figures(`layer ${best} against ${againstBest.length} layers and ${controls.length} controls`),
  rows: ({ best, againstBest, controls }) => ({
    columns: ['layer', 'against', 'difference', 'low', 'high', 'p', 'corrected', 'words', 'sentences'],
    rows: [
      ...againstBest.map((test) => ({ against: `layer ${best}`, ...test })),
      ...controls.map(({ control, ...test }) => ({ against: control, ...test }))
    ].map(({ layer, against, difference, interval, p, corrected, words, sentences }) => [
      layer,
      against,
      difference,
      ...interval,
      p,
      corrected,
      words,
      sentences
    ])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Layers of ${listed.subject.model.name} were tested by approximate randomisation over sentences ` +
        `(${result.permutations.toLocaleString('en')} sign changes), with Holm's correction within each list; ` +
        `intervals ` +
        'are by resampling sentences [efronTibshirani1993].'
    ),
  cites: sampled,
  describe: ({ againstBest, controls }) => `Tests of ${againstBest.length} layers and ${controls.length} controls`
}
