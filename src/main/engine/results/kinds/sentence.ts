import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, setText, light } from './ablationWords'

export const sentenceKind: ResultKind<'sentence'> = {
  id: 'sentence',
  passing: light,
  measured: ['milliseconds'],
  summarise: ({ tokens, provenance }) => figures(setText(provenance?.request), null, tokens.length),
  rows: ({ tokens, movement }) => ({
    columns: ['layer', 'place', 'token', 'movement'],
    rows: Array.from(movement.data, (value, i) => {
      const place = i % tokens.length
      return [Math.floor(i / tokens.length), place, tokens[place]!, value]
    })
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `One sentence was run through ${listed.subject.model.name} with and without ` +
        `${setText(result.provenance?.request)}; hidden states are compared by the cosine distance of each token.`
    ),
  cites: computed,
  describe: ({ tokens }) => `A sentence of ${tokens.length} tokens`
}
