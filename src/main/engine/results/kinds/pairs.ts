import { lengthTitles, type MinimalPairResult } from '@shared/minimalPairs'
import { aboutSoftware } from '../export/probeMethodsText'
import type { ResultKind } from '../kind'

export const pairsKind: ResultKind<'pairs'> = {
  id: 'pairs',
  command: 'minimal-pairs',
  earlier: {
    mark: 'paradigms',
    subject: ({ model, data, dataHash, paradigms, limit }) => ({
      model: { id: model.id, name: model.name },
      data: { id: dataHash.slice(0, 16), name: data, parts: pairParts(paradigms.length, limit) },
      task: { id: 'pairs', title: 'Minimal pairs' }
    }),
    backend: ({ backend }) => backend,
    seconds: ({ seconds }) => seconds
  },
  summarise: ({ kind, total, withinWord, length }) => ({
    method:
      (kind === 'causal' ? 'sum of log-probabilities' : 'pseudo-log-likelihood') +
      (withinWord ? ', words masked' : '') +
      (length ? `, ${lengthTitles[length]}` : ''),
    score: { measure: 'accuracy', value: total.accuracy, interval: total.interval, layer: null },
    curve: [],
    majority: 0.5,
    items: total.pairs
  }),
  rows: ({ paradigms, total }) => ({
    columns: ['paradigm', 'phenomenon', 'items', 'value', 'low', 'high'],
    rows: [...paradigms, { ...total, name: 'all', phenomenon: null }].map(
      ({ name, phenomenon, pairs, accuracy, interval }) => [name, phenomenon, pairs, accuracy, ...interval]
    )
  }),
  methods: (result) => {
    const { model, data, kind, limit, total, withinWord, length } = result
    const divided = length ? `, ${lengthTitles[length]} [lau2020]` : ''
    const score =
      kind === 'causal'
        ? 'the sum of the tokens’ log-probabilities'
        : 'the pseudo-log-likelihood, each token masked in turn [salazar2020]' +
          (withinWord ? ' together with the rest of its word [kaufIvanova2023]' : '')
    return (
      `${model.name} was asked which sentence of each minimal pair is more probable, on ` +
      `${data}${limit === null ? '' : ` (the first ${limit} pairs of each paradigm)`}: ` +
      `${score}${divided}. Intervals are Wilson’s, 95 %, over ${total.pairs} pairs. ${aboutSoftware(result)}`
    )
  },
  cites: ({ kind, data, withinWord, length }) => [
    'smilkov2019',
    ...(kind === 'masked' ? (['salazar2020'] as const) : []),
    ...(withinWord ? (['kaufIvanova2023'] as const) : []),
    ...(length ? (['lau2020'] as const) : []),
    ...(/blimp/i.test(data) ? (['warstadt2020'] as const) : [])
  ],
  describe: ({ total }) => `Minimal pairs, ${total.pairs.toLocaleString('en')} pairs`
}

/** '3 paradigms, the first 20 pairs of each' */
export function pairParts(paradigms: number, limit: MinimalPairResult['limit']): string {
  const taken = limit === null ? '' : `, the first ${limit} pairs of each`
  return `${paradigms} ${paradigms === 1 ? 'paradigm' : 'paradigms'}${taken}`
}
