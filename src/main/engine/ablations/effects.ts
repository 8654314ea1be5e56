import type { Effect } from '@shared/ablation'
import { bootstrapInterval } from '../probes/scores/bootstrapInterval'
import { ClusterResamples } from '../probes/scores/clusterResamples'
import type { SentenceScores } from './evaluate'

/**
 * The effect of every variant on one measure; intervals by resampling clusters, both values over the same resample.
 * @param sums [variants, sentences]
 * @param plain of the unchanged model, [sentences]
 * @param clusterOf cluster of every sentence; absent where each is resampled by itself
 */
export function effectsOf(
  sums: Float64Array,
  plain: SentenceScores,
  seed: number,
  clusterOf: ArrayLike<number> = plain.sum.map((_, sentence) => sentence)
): { plain: number; effects: Effect[] } {
  const sentences = plain.sum.length
  const resampled = new ClusterResamples(clusterOf, seed)
  const count = resampled.byCluster(plain.count)
  const counts = resampled.sumsOf(count)
  const whole = total(count)
  const base = total(plain.sum) / whole
  const effects: Effect[] = []
  for (let from = 0; from < sums.length; from += sentences) {
    const differences = resampled.byCluster(plain.sum.map((sum, s) => sums[from + s]! - sum))
    const sum = total(differences)
    const mean = (part: number, words: number): number => part / Math.max(1, words)
    effects.push({
      value: base + sum / whole,
      difference: sum / whole,
      interval: bootstrapInterval(
        sum / whole,
        resampled.sumsOf(differences).map((part, b) => mean(part, counts[b]!)),
        differences.map((part, c) => mean(sum - part, whole - count[c]!))
      )
    })
  }
  return { plain: base, effects }
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
