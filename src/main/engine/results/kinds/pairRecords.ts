import { aboutSoftware } from '../export/probeMethodsText'
import type { KindRules } from '../kind'

export const pairRecords: KindRules<'pairs'> = {
  title: 'run of minimal pairs',
  summarise: ({ model, data, dataHash, kind, limit, paradigms, total, backend, seconds }) => ({
    model,
    dataset: {
      id: dataHash.slice(0, 16),
      name: data,
      parts: `${paradigms.length} ${paradigms.length === 1 ? 'paradigm' : 'paradigms'}${limit === null ? '' : `, the first ${limit} pairs of each`}`
    },
    task: { id: 'pairs', title: 'Minimal pairs' },
    method: kind === 'causal' ? 'sum of log-probabilities' : 'pseudo-log-likelihood',
    score: { measure: 'accuracy', value: total.accuracy, interval: total.interval, layer: null },
    curve: [],
    majority: 0.5,
    items: total.pairs,
    backend,
    seconds
  }),
  methods: (result) => {
    const { model, data, kind, limit, total } = result
    return `${model.name} was asked which sentence of each minimal pair is more probable, on ${data}${limit === null ? '' : ` (the first ${limit} pairs of each paradigm)`}: ${kind === 'causal' ? 'the sum of the tokens’ log-probabilities' : 'the pseudo-log-likelihood, each token masked in turn [salazar2020]'}. Intervals are Wilson’s, 95 %, over ${total.pairs} pairs. ${aboutSoftware(result)}`
  },
  cites: ({ kind, data }) => [
    'smilkov2019',
    ...(kind === 'masked' ? (['salazar2020'] as const) : []),
    ...(/blimp/i.test(data) ? (['warstadt2020'] as const) : [])
  ]
}
