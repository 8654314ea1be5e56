import type { MinimalPairResult, ScoredPair } from '@shared/minimalPairs'

function provenance({ id, model, data, kind, limit }: MinimalPairResult) {
  return { model: model.name, data, scores: kind, pairs_of_each: limit ?? 'all', run: id }
}

/** One row a paradigm. */
export function paradigmRows(result: MinimalPairResult) {
  return result.paradigms.map(({ name, phenomenon, field, pairs, accuracy, interval }) => ({
    ...provenance(result),
    paradigm: name,
    phenomenon,
    field,
    pairs,
    accuracy,
    accuracy_low: interval[0],
    accuracy_high: interval[1]
  }))
}

/** One row a pair; log-probabilities in nats. */
export function pairRows(result: MinimalPairResult, pairs: readonly ScoredPair[]) {
  return pairs.map(({ paradigm, good, bad, goodScore, badScore }) => ({
    ...provenance(result),
    paradigm,
    sentence_good: good,
    sentence_bad: bad,
    good_log_probability: goodScore,
    bad_log_probability: badScore,
    difference: goodScore - badScore,
    right: goodScore > badScore
  }))
}
