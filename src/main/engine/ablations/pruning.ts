import type { PruningCurve, PruningResult, Unit } from '@shared/ablation'
import type { SentenceScores } from './evaluate'
import type { Measure } from './measures/measure'
import { shuffledUnits } from './variants'

/** One measure of the model as it is and of all variants; `sums` [variants, sentences]. */
export interface MeasureScores {
  measure: Measure
  plain: SentenceScores
  sums: Float64Array
}

/**
 * How many units are switched off at each step, and in which orders: the given one, the least important first, and random orders of the same units, which is what any order has to
 * beat (Michel, Levy & Neubig 2019, section 4).
 */
export function pruningOrders(order: readonly Unit[], { steps, randomOrders, seed }: { steps: number; randomOrders: number; seed: number }): { counts: number[]; orders: (readonly Unit[])[] } {
  const counts = [...new Set(Array.from({ length: steps + 1 }, (_, i) => Math.round((i * order.length) / steps)))]
  return { counts, orders: [order, ...Array.from({ length: randomOrders }, (_, i) => shuffledUnits(order, seed + i))] }
}

/** The curves of variants that lie order by order, each with one variant for every count but 0. */
export function pruningCurves({ plain, sums }: MeasureScores, counts: number[], randomOrders: number): Pick<PruningResult, 'counts' | 'byImportance' | 'random'> {
  const sentences = plain.sum.length
  const items = plain.count.reduce((sum, count) => sum + count, 0)
  const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0) / items
  const whole = mean(plain.sum)
  const perOrder = counts.length - 1
  const curve = (index: number, title: string): PruningCurve => ({
    title,
    values: [whole, ...Array.from({ length: perOrder }, (_, i) => mean(sums.subarray((index * perOrder + i) * sentences, (index * perOrder + i + 1) * sentences)))]
  })
  return {
    counts,
    byImportance: curve(0, 'Least important first'),
    random: Array.from({ length: randomOrders }, (_, i) => curve(i + 1, `Random order ${i + 1}`))
  }
}
