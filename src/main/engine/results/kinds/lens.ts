import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, setText, light } from './ablationWords'

export const lensKind: ResultKind<'lens'> = {
  id: 'lens',
  command: 'lens',
  passing: light,
  summarise: ({ tokens, best, provenance }) =>
    figures(
      `${lensName(provenance?.request)}, ${best.length} layers, ${setText(provenance?.request)}`,
      null,
      tokens.length
    ),
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
      `The language-model head of ${listed.subject.model.name} was read at every layer of one sentence ` +
        `(${lensName(result.provenance?.request)}` +
        `${tunedBy(result.provenance?.request) ? ' [belrose2023lens]' : ''}), with ` +
        `${setText(result.provenance?.request)}.`
    ),
  cites: (result) => [
    ...computed(result),
    ...(tunedBy(result.provenance?.request) ? (['belrose2023lens'] as const) : [])
  ],
  describe: ({ tokens, best, provenance }) =>
    `${tunedBy(provenance?.request) ? 'Tuned' : 'Logit'} lens, ${best.length} layers, ${tokens.length} tokens`
}

/** The kept lens that was read through; undefined for the logit lens. */
function tunedBy(request: object | undefined): string | undefined {
  return ((request ?? {}) as { tuned?: { runId: string } }).tuned?.runId
}

function lensName(request: object | undefined): string {
  return tunedBy(request) === undefined ? 'logit lens' : 'tuned lens'
}
