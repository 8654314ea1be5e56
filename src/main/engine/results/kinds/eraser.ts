import type { ResultKind } from '../kind'
import { computed, erasersCited, erasersText, figures, methodsOf } from './ablationWords'

export const eraserKind: ResultKind<'eraser'> = {
  id: 'eraser',
  command: 'ablate',
  summarise: ({ name, interventions: [first] }) => figures(name, null, first?.fitted?.items ?? null),
  rows: ({ interventions }) => ({
    columns: ['layer', 'task', 'method', 'items', 'rank'],
    rows: interventions.map(({ fitted }) => [
      fitted?.layer ?? null,
      fitted?.task ?? null,
      fitted?.method ?? null,
      fitted?.items ?? null,
      fitted?.rank ?? null
    ])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `An eraser was fitted to ${listed.subject.model.name} on ${listed.subject.data.name} by ` +
        `${erasersText(result.interventions)}: ${result.name}. Each layer was ` +
        'fitted to the hidden states with those below erased.'
    ),
  cites: (result) => [...erasersCited(result.interventions), ...computed(result)],
  describe: ({ name }) => name
}
