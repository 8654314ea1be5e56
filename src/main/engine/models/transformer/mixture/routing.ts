import type { MixtureConfig } from './config'

/** softmax or sigmoid of the logits [rows, experts] -> [rows, experts] */
export function routerProbabilities(logits: Float32Array, { experts, score }: MixtureConfig): Float32Array {
  if (score === 'sigmoid') return logits.map((logit) => 1 / (1 + Math.exp(-logit)))
  const probabilities = new Float32Array(logits.length)
  for (let first = 0; first < logits.length; first += experts) {
    const row = logits.subarray(first, first + experts)
    softmaxInto(row, probabilities.subarray(first, first + experts))
  }
  return probabilities
}

function softmaxInto(row: ArrayLike<number>, target: Float32Array): void {
  let most = -Infinity
  for (let e = 0; e < row.length; e++) most = Math.max(most, row[e]!)
  let sum = 0
  for (let e = 0; e < row.length; e++) sum += Math.exp(row[e]! - most)
  for (let e = 0; e < row.length; e++) target[e] = Math.exp(row[e]! - most) / sum
}

/**
 * What each expert counts for each token: [rows, experts], 0 where it was not chosen.
 * @param correction added to the probabilities that the choice is made by; null: nothing
 */
export function routerWeights(
  logits: Float32Array,
  probabilities: Float32Array,
  config: MixtureConfig,
  correction: Float32Array | null
): Float32Array {
  const { experts, chosen, weights: kind, sumEpsilon, factor } = config
  const weights = new Float32Array(logits.length)
  const scores = new Float64Array(experts)
  for (let first = 0; first < logits.length; first += experts) {
    if (kind === 'sparseMixer') {
      sparseMixer(logits.subarray(first, first + experts), config, weights.subarray(first, first + experts))
      continue
    }
    for (let e = 0; e < experts; e++) scores[e] = probabilities[first + e]! + (correction?.[e] ?? 0)
    const kept = highest(inGroups(scores, config), chosen)
    let sum = sumEpsilon
    for (const e of kept) sum += probabilities[first + e]!
    const scale = factor / (kind === 'normalised' ? sum : 1)
    for (const e of kept) weights[first + e] = probabilities[first + e]! * scale
  }
  return weights
}

/** The scores, those outside the best groups below all others. */
function inGroups(scores: Float64Array, { experts, groups }: MixtureConfig): Float64Array {
  if (!groups || groups.kept >= groups.count) return scores
  const size = experts / groups.count
  const taken = groups.by === 'best' ? 1 : 2
  const ofGroup = Float64Array.from({ length: groups.count }, (_, group) => {
    const inside = [...scores.subarray(group * size, (group + 1) * size)].sort((a, b) => b - a)
    return inside.slice(0, taken).reduce((sum, score) => sum + score, 0)
  })
  const best = new Set(highest(ofGroup, groups.kept))
  return scores.map((score, e) => (best.has(Math.floor(e / size)) ? score : -Infinity))
}

/** Places of the `count` highest scores, the highest first; of equal ones the first. */
function highest(scores: Float64Array, count: number): number[] {
  const places: number[] = []
  for (let e = 0; e < scores.length; e++) {
    let at = places.length
    while (at > 0 && scores[e]! > scores[places[at - 1]!]!) at--
    if (at >= count) continue
    places.splice(at, 0, e)
    if (places.length > count) places.pop()
  }
  return places
}

/** One expert after another: the best, weighed by softmax over the logits close to it; then the same without it. */
function sparseMixer(logits: Float32Array, { chosen, closeness, factor }: MixtureConfig, weights: Float32Array): void {
  const remaining = Float64Array.from(logits)
  for (let turn = 0; turn < chosen; turn++) {
    const best = highest(remaining, 1)[0]!
    const most = remaining[best]!
    let sum = 0
    for (let e = 0; e < logits.length; e++) {
      const far = (most - logits[e]!) / Math.max(Math.abs(logits[e]!), most) > 2 * closeness
      if (!far && remaining[e] !== -Infinity) sum += Math.exp(remaining[e]! - most)
    }
    weights[best] = factor / sum
    remaining[best] = -Infinity
  }
}
