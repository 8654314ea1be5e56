import type { Effect } from '@shared/ablation'
import { seededRandom } from '@shared/random'
import { percentiles } from '../probes/scores/bootstrapInterval'
import { resamples } from '../probes/scores/intervals'
import type { SentenceScores } from './evaluate'

/**
 * The effect of every variant on one measure.
 * @param sums [variants, sentences]
 * @param plain of the unchanged model, [sentences]
 */
export function effectsOf(
  sums: Float64Array,
  plain: SentenceScores,
  seed: number
): { plain: number; effects: Effect[] } {
  const sentences = plain.sum.length
  const whole = total(plain.count)
  const base = total(plain.sum) / whole
  const draws = drawSentences(sentences, seed)
  const counts = draws.map((draw) => drawn(draw, plain.count))
  const effects: Effect[] = []
  for (let from = 0; from < sums.length; from += sentences) {
    const differences = Float64Array.from({ length: sentences }, (_, s) => sums[from + s]! - plain.sum[s]!)
    const resampled = Float64Array.from(draws, (draw, b) => drawn(draw, differences) / Math.max(1, counts[b]!))
    const difference = total(differences) / whole
    effects.push({ value: base + difference, difference, interval: percentiles(resampled) })
  }
  return { plain: base, effects }
}

/** How often each sentence is in each resample. */
function drawSentences(sentences: number, seed: number): Uint16Array[] {
  const random = seededRandom(seed)
  return Array.from({ length: resamples }, () => {
    const times = new Uint16Array(sentences)
    for (let i = 0; i < sentences; i++) times[random.integer(sentences)]!++
    return times
  })
}

function drawn(times: Uint16Array, values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < times.length; i++) sum += times[i]! * values[i]!
  return sum
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0)
}
