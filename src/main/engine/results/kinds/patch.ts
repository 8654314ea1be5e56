import { patchedTitles } from '@shared/ablation'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const patchKind: ResultKind<'patch'> = {
  id: 'patch',
  command: 'patch',
  summarise: ({ kind, tokens }) => figures(`patching of ${patchedTitles[kind]}, ${tokens.length} tokens`),
  rows: ({ restored, tokens, kind }) => ({
    columns: ['row', kind === 'head' ? 'head' : 'token', 'restored'],
    rows: Array.from(restored.data, (value, i) => {
      const [row, column] = [Math.floor(i / restored.shape[1]!), i % restored.shape[1]!]
      return [row, kind === 'head' ? column + 1 : (tokens[column] ?? column), value]
    })
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Values of one sentence (${patchedTitles[result.kind]}) were put into another, place by place, in ` +
        `${listed.subject.model.name}; ` +
        'shown is the share of the difference of log-probabilities that each carries over.'
    ),
  cites: computed,
  describe: ({ kind, restored }) => `Patching of ${patchedTitles[kind]}, ${restored.data.length} places`
}
