import { partTitles } from '@shared/ablation'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const pruningKind: ResultKind<'pruning'> = {
  id: 'pruning',
  command: 'ablate',
  summarise: ({ kind, counts, order }) =>
    figures(`${order.length} ${partTitles[kind].many}, ${counts.length - 1} steps`),
  rows: ({ counts, byImportance, further, random }) => ({
    columns: ['off', 'order', 'value'],
    rows: [byImportance, ...further, ...random].flatMap(({ title, values }) =>
      values.map((value, i) => [counts[i]!, title, value])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Parts of ${listed.subject.model.name} (${partTitles[result.kind].many}) were switched off ` +
        `cumulatively, the least important ` +
        `first [michel2019] by ${result.measure.title.toLowerCase()} of each alone` +
        `${result.derivative ? ', and by the derivative of the loss by a mask on the head' : ''}, beside ` +
        `${result.random.length} random orders, on ${listed.subject.data.name}.`
    ),
  cites: (result) => ['michel2019', ...computed(result)],
  describe: ({ kind, counts }) => `Pruning of ${partTitles[kind].many}, ${counts.length} points`
}
