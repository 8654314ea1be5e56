import { patchedTitles, type PatchGrid } from '@shared/ablation'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

const byHead = (kind: PatchGrid['kind']): boolean => kind === 'head' || kind === 'path'

export const patchKind: ResultKind<'patch'> = {
  id: 'patch',
  command: 'patch',
  summarise: ({ kind, tokens, receiver, pairs, measure }) =>
    figures(
      `patching of ${patchedTitles[kind]}${kind === 'path' ? ` to ${receiver ?? 'logits'}` : ''}, ` +
        `${tokens.length} tokens${pairs ? `, ${pairs} pairs` : ''}${measure ? ', KL' : ''}`
    ),
  rows: ({ restored, tokens, kind }) => ({
    columns: ['row', byHead(kind) ? 'head' : 'token', 'restored'],
    rows: Array.from(restored.data, (value, i) => {
      const [row, column] = [Math.floor(i / restored.shape[1]!), i % restored.shape[1]!]
      return [row, byHead(kind) ? column + 1 : (tokens[column] ?? column), value]
    })
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      result.kind === 'path'
        ? `Paths from every head to ${result.receiver ?? 'the logits'} were patched in ${listed.subject.model.name} ` +
            `[wang2023]: the receiver read what the head adds in another sentence, and all else as it was; ` +
            shown(result)
        : `Values of one sentence (${patchedTitles[result.kind]}) were put into another, place by place, in ` +
            `${listed.subject.model.name}; ${shown(result)}`
    ),
  cites: (result) => [...computed(result), ...(result.kind === 'path' ? (['wang2023'] as const) : [])],
  describe: ({ kind, restored }) => `Patching of ${patchedTitles[kind]}, ${restored.data.length} places`
}

function shown({ pairs, measure }: Pick<PatchGrid, 'pairs' | 'measure'>): string {
  const what = measure
    ? 'the divergence (KL) from the other sentence’s predictions that each removes'
    : 'the difference of log-probabilities that each carries over'
  return `shown is the share of ${what}${pairs ? `, the mean over ${pairs} pairs` : ''}.`
}
