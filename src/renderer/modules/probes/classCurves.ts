import type { ProbeResult } from '@shared/probe'
import type { ClassLine } from '@/plots/classLines'

/** In what order the curves of classes are drawn. */
export const classOrders = {
  frequency: { title: 'By frequency', caption: 'most frequent classes first', hint: 'Most frequent class first' },
  gain: { title: 'By gain', caption: 'largest gain over layer 0 first', hint: 'F1 at the best layer minus layer 0' },
  f1: { title: 'By F1', caption: 'lowest F1 at the best layer first', hint: 'Lowest F1 at the best layer first' }
} as const
export type ClassOrder = keyof typeof classOrders

/** F1 by layer of every class that occurs in the test part. */
export function classCurves({ layers }: ProbeResult, order: ClassOrder): ClassLine[] {
  const byLayer = layers.map(
    ({ layer, perClass }) => [layer, new Map(perClass.map((score) => [score.label, score]))] as const
  )
  const curves = [...(byLayer[0]?.[1].values() ?? [])]
    .filter(({ support }) => support > 0)
    .map(({ label, support }) => ({
      label,
      support,
      points: byLayer.flatMap(([layer, scores]) => {
        const score = scores.get(label)
        return score ? [{ layer, value: score.f1 }] : []
      })
    }))
  return curves.sort((a, b) => keys[order](a) - keys[order](b) || b.support - a.support)
}

const best = ({ points }: ClassLine): number => Math.max(...points.map(({ value }) => value))

/** Lowest first. */
const keys: Readonly<Record<ClassOrder, (curve: ClassLine) => number>> = {
  frequency: ({ support }) => -support,
  gain: (curve) => curve.points[0]!.value - best(curve),
  f1: best
}
