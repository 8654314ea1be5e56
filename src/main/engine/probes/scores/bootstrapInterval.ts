import { normalQuantile, normalShare, studentQuantile } from '@shared/normal'
import type { Ends, Interval } from '@shared/probe'

/** Ends of a 95 % interval, in deviations. */
const usualEnd = normalQuantile(0.975)

/**
 * The bias-corrected and accelerated bootstrap interval, 95 % (BCa; Efron 1987; Efron & Tibshirani 1993, ch. 14), with
 * its ends moved outwards for few clusters as far as Student's t and the divisor n - 1 move them (Hesterberg 2015, The
 * American Statistician 69, section 4.2): a bootstrap of few clusters is too narrow, and percentiles of a skewed
 * distribution are off to one side. With many clusters it is the plain BCa interval.
 * @param observed the statistic of the whole sample
 * @param drawn the statistic of each resample
 * @param leftOut the statistic without each cluster in turn
 * @returns null for a single cluster: all of its resamples are equal, whatever the statistic varies by
 */
export function bootstrapInterval(observed: number, drawn: Float64Array, leftOut: Float64Array): Interval {
  const clusters = leftOut.length
  if (clusters < 2) return null
  const expansion = Math.sqrt(clusters / (clusters - 1))
  return bcaInterval(observed, drawn, leftOut, expansion * studentQuantile(usualEnd, clusters - 1))
}

/** The plain BCa interval. @param end of the interval, in deviations */
export function bcaInterval(
  observed: number,
  drawn: Float64Array,
  leftOut: Float64Array,
  end: number = usualEnd
): Ends {
  let below = 0
  for (const value of drawn) below += value < observed ? 1 : value === observed ? 0.5 : 0
  const bias = normalQuantile(below / drawn.length)
  const acceleration = accelerationOf(leftOut)
  if (!Number.isFinite(bias) || !Number.isFinite(acceleration)) return percentiles(drawn)
  const share = (z: number): number => normalShare(bias + (bias + z) / (1 - acceleration * (bias + z)))
  return quantiles(drawn, [share(-end), share(end)])
}

/** A sixth of the skewness of the jackknife. */
function accelerationOf(leftOut: Float64Array): number {
  const mean = leftOut.reduce((sum, value) => sum + value, 0) / leftOut.length
  let [squares, cubes] = [0, 0]
  for (const value of leftOut) {
    squares += (mean - value) ** 2
    cubes += (mean - value) ** 3
  }
  return cubes / (6 * squares ** 1.5)
}

/** The 2.5th and 97.5th percentile. */
export function percentiles(values: Float64Array): Ends {
  return quantiles(values, [0.025, 0.975])
}

/** Interpolated linearly, as numpy's default does. */
function quantiles(values: Float64Array, shares: Ends): Ends {
  const sorted = values.slice().sort()
  return shares.map((share) => {
    const position = share * (sorted.length - 1)
    const below = Math.floor(position)
    const above = Math.min(below + 1, sorted.length - 1)
    return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!)
  }) as Ends
}
