import type { KindRules } from './kinds'

export const pairRecords: KindRules<'pairs'> = {
  title: 'run of minimal pairs',
  summarise: ({ model, data, dataHash, kind, limit, paradigms, total, backend, seconds }) => ({
    model,
    dataset: { id: dataHash.slice(0, 16), name: data, parts: `${paradigms.length} ${paradigms.length === 1 ? 'paradigm' : 'paradigms'}${limit === null ? '' : `, the first ${limit} pairs of each`}` },
    task: { id: 'pairs', title: 'Minimal pairs' },
    method: kind === 'causal' ? 'sum of log-probabilities' : 'pseudo-log-likelihood',
    score: { measure: 'accuracy', value: total.accuracy, interval: total.interval, layer: null },
    curve: [],
    majority: null,
    items: total.pairs,
    backend,
    seconds
  })
}
