import type { PruningCurve, PruningResult, Unit } from '@shared/ablation'
import type { SentenceScores } from './evaluate'
import type { Measure } from './measures/measure'
import { shuffledUnits } from './variants'

/** One measure of the unchanged model and of all variants; `sums` [variants, sentences]. */
export interface MeasureScores {
  measure: Measure
  plain: SentenceScores
  sums: Float64Array
}

/** An order in which units are switched off, and its title. */
export interface TitledOrder {
  title: string
  units: readonly Unit[]
}

/**
 * How many units are switched off at each step, and in which orders: the given one, least important first;
 * `further` ones; and random orders of the same units, which any order must beat (Michel, Levy & Neubig 2019,
 * section 4).
 */
export function pruningOrders(
  order: readonly Unit[],
  further: readonly TitledOrder[],
  { steps, randomOrders, seed }: { steps: number; randomOrders: number; seed: number }
): { counts: number[]; orders: (readonly Unit[])[] } {
  const counts = [...new Set(Array.from({ length: steps + 1 }, (_, i) => Math.round((i * order.length) / steps)))]
  return {
    counts,
    orders: [
      order,
      ...further.map(({ units }) => units),
      ...Array.from({ length: randomOrders }, (_, i) => shuffledUnits(order, seed + i))
    ]
  }
}

/**
 * Of parts that are one a block, the orders of Sajjad et al. 2023 ("On the effect of dropping layers"), section 3: from
 * the top down, and from the bottom up.
 */
export function depthOrders(order: readonly Unit[]): TitledOrder[] {
  const upwards = [...order].sort((a, b) => a.block - b.block)
  return [
    { title: 'From the top', units: upwards.toReversed() },
    { title: 'From the bottom', units: upwards }
  ]
}

/**
 * The curves of variants listed order by order, each with one variant for every count but 0; `further` are the orders
 * after the first.
 */
export function pruningCurves(
  { plain, sums }: MeasureScores,
  counts: number[],
  further: readonly TitledOrder[],
  randomOrders: number
): Pick<PruningResult, 'counts' | 'byImportance' | 'further' | 'random'> {
  const sentences = plain.sum.length
  const items = plain.count.reduce((sum, count) => sum + count, 0)
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / items
  const whole = mean(plain.sum)
  const perOrder = counts.length - 1
  const curve = (index: number, title: string): PruningCurve => ({
    title,
    values: [
      whole,
      ...Array.from({ length: perOrder }, (_, i) =>
        mean(sums.subarray((index * perOrder + i) * sentences, (index * perOrder + i + 1) * sentences))
      )
    ]
  })
  return {
    counts,
    byImportance: curve(0, 'Least important first'),
    further: further.map(({ title }, i) => curve(i + 1, title)),
    random: Array.from({ length: randomOrders }, (_, i) => curve(i + 1 + further.length, `Random order ${i + 1}`))
  }
}
