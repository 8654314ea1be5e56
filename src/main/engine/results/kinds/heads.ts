import { stimulusText } from '@shared/ablation'
import { sampleText } from '@shared/drawing'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const headsKind: ResultKind<'heads'> = {
  id: 'heads',
  command: 'heads',
  summarise: ({ patterns, layers, heads, words }) =>
    figures(`${layers * heads} heads by ${patterns.length} patterns`, null, words),
  rows: ({ patterns, heads }) => ({
    columns: ['pattern', 'block', 'head', 'score', 'baseline', 'queries'],
    rows: patterns.flatMap(({ title, scores, baseline, queries }) =>
      scores.map((score, i) => [
        title,
        Math.floor(i / heads) + 1,
        (i % heads) + 1,
        Number.isNaN(score) ? null : score,
        baseline,
        queries
      ])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Each head of ${listed.subject.model.name} was scored by the share of its attention that follows ` +
        `${result.patterns.length} patterns, over ${sampleText(result.words, listed.subject.data.name, result.drawn)}.`,
      ...(result.stimulus
        ? [
            `Induction was also scored on ${stimulusText(result.stimulus)}, drawn from the middle of the vocabulary ` +
              `with seed ${result.stimulus.seed} [olsson2022].`
          ]
        : [])
    ),
  cites: (result) => [...computed(result), ...(result.stimulus ? ['olsson2022' as const] : [])],
  describe: ({ layers, heads, patterns }) => `${layers * heads} heads by ${patterns.length} patterns`
}
