import type { ResultKind } from '../kind'
import { aboutIntervals, effectCells, effectColumns, figures, methodsOf, onCorpus } from './ablationWords'

export const neuronsKind: ResultKind<'neurons'> = {
  id: 'neurons',
  command: 'neurons',
  summarise: ({ task, at, neurons, probe, words, layer }) =>
    figures(`${neurons} neurons at ${at} by ${task}`, { measure: 'accuracy', value: probe.accuracy, layer }, words),
  rows: ({ counts, inProbe, inModel }) => ({
    columns: ['measure', 'order', 'removed', ...effectColumns],
    rows: [inProbe, ...inModel].flatMap(({ title, top, bottom, random }) =>
      Object.entries({
        'most important first': top,
        'least important first': bottom,
        ...Object.fromEntries(random.map((curve, i) => [`random ${i + 1}`, curve]))
      }).flatMap(([order, effects]) => effects.map((effect, i) => [title, order, counts[i]!, ...effectCells(effect)]))
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `The ${result.neurons} neurons of ${result.modelName} at ${result.at} were ranked by the weights of an ` +
        `elastic-net ` +
        `probe [zouHastie2005, dalvi2019] of ${result.task} trained on ` +
        `${result.trainWords.toLocaleString('en')} words, ` +
        `and removed in that order (${result.edit.toLowerCase()}) ${onCorpus(result)}.`,
      aboutIntervals(result)
    ),
  cites: () => ['dalvi2019', 'efronTibshirani1993', 'smilkov2019', 'zouHastie2005'],
  describe: ({ task, at, neurons }) => `${neurons} neurons at ${at} by ${task}`
}
