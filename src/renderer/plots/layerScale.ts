import { scaleLinear } from 'd3-scale'

/** What the span of a value axis depends on. */
export interface ValueLine {
  points: readonly { value: number; low: number; high: number }[]
  companion: { points: readonly { value: number }[] } | null
  baselines: readonly { value: number }[]
}

export interface ValueDomain {
  domain: [number, number]
  ticks: number[]
}

/**
 * The span of the value axis. It starts where the data need it: the lines and their intervals fill the height, and a
 * baseline takes part only while it is near enough not to flatten them; the others are named at the axis' foot by the
 * drawing.
 */
export function valueDomain(lines: readonly ValueLine[], fullRange: boolean, tickCount: number): ValueDomain {
  const bounds = lines.flatMap((line) => line.points.flatMap((point) => [point.low, point.high]))
  let low = Math.min(...bounds)
  let high = Math.max(...bounds)
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [0, 1]
  const signed = lines.some((line) => line.points.some((point) => point.value < 0))
  if (!signed) low = Math.max(0, low)
  if (fullRange) {
    const scale = scaleLinear().domain([signed ? low : 0, 1])
    return { domain: signed ? asPair(scale.nice(tickCount).domain()) : [0, 1], ticks: scale.ticks(tickCount) }
  }
  // Two fifths of the height at most go to references below the lines.
  const reach = Math.max(high - low, 0.04) * 0.65
  const near = lines
    .flatMap((line) => [
      ...line.baselines.map((baseline) => baseline.value),
      ...(line.companion?.points ?? []).map((point) => point.value)
    ])
    .filter((value) => value >= low - reach && value <= high + reach)
  low = Math.min(low, ...near)
  high = Math.max(high, ...near)
  const pad = Math.max((high - low) * 0.08, 0.005)
  const scale = scaleLinear().domain([signed ? low - pad : Math.max(0, low - pad), Math.min(1, high + pad)])
  return { domain: asPair(scale.domain()), ticks: scale.ticks(tickCount) }
}

function asPair(domain: number[]): [number, number] {
  return [domain[0] ?? 0, domain[1] ?? 1]
}
