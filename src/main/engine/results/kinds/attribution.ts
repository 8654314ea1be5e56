import { attributionBaselines, attributionMethods, attributionScores } from '@shared/attribution'
import type { ReferenceKey } from '@shared/references'
import type { ResultKind } from '../kind'
import { computed, figures, light, methodsOf } from './ablationWords'

const sources = {
  integrated: 'sundararajan2017',
  gradientInput: 'shrikumar2017',
  gradient: 'simonyan2014'
} as const satisfies Record<keyof typeof attributionMethods, ReferenceKey>

export const attributionKind: ResultKind<'attribution'> = {
  id: 'attribution',
  command: 'attribute',
  passing: light,
  summarise: ({ method, label, tokens }) =>
    figures(`${attributionMethods[method].title.toLowerCase()} for ${label}`, null, tokens.length),
  rows: ({ tokens, words, wordOfToken, values }) => ({
    columns: ['place', 'token', 'word', 'value'],
    rows: tokens.map((token, i) => [i, token, words[wordOfToken[i]!] ?? null, values.data[i]!])
  }),
  methods: (result, listed) => {
    const { method, steps, baseline, score, output, label, against } = result
    const way =
      method === 'integrated'
        ? `integrated gradients [${sources.integrated}] from ${attributionBaselines[baseline!]}, with ${steps} ` +
          'points of Gauss-Legendre quadrature'
        : method === 'gradientInput'
          ? `gradient times input [${sources.gradientInput}]`
          : `the length of the gradient [${sources.gradient}]`
    return methodsOf(
      result,
      listed,
      `The ${attributionScores[score]} of '${label}'${against === null ? '' : ` minus that of '${against}'`} ` +
        `(${output}) in ${listed.subject.model.name} was attributed to the token embeddings by ${way}.`
    )
  },
  cites: (result) => [sources[result.method], ...computed(result)],
  describe: ({ method, tokens }) => `${attributionMethods[method].title}, ${tokens.length} tokens`
}
