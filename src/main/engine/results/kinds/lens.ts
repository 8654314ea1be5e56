import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, setText, light } from './ablationWords'

export const lensKind: ResultKind<'lens'> = {
  id: 'lens',
  passing: light,
  summarise: ({ tokens, best, provenance }) =>
    figures(`logit lens, ${best.length} layers, ${setText(provenance?.request)}`, null, tokens.length),
  rows: ({ tokens, best }) => ({
    columns: ['layer', 'place', 'token', 'prediction', 'probability'],
    rows: best.flatMap((guesses, layer) =>
      guesses.map(({ text, probability }, place) => [layer, place, tokens[place]!, text, probability])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `The language-model head of ${listed.subject.model.name} was read at every layer of one sentence (logit ` +
        `lens), with ` +
        `${setText(result.provenance?.request)}.`
    ),
  cites: computed,
  describe: ({ tokens, best }) => `Logit lens, ${best.length} layers, ${tokens.length} tokens`
}
