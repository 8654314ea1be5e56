import type { Unit } from '@shared/ablation'
import type { Intervention } from '@shared/intervention'
import type { MeasureScores } from './pruning'

/**
 * How far the mask of a head is moved to either side of 1. The truncation of the central difference falls with its
 * square, the rounding of sums in single precision grows with its inverse; at 0.05 both are below a hundredth of what
 * they are part of.
 */
const step = 0.05

/** For every head two sets of interventions, its mask a step above and below 1, in this order. */
export function maskedHeads(heads: readonly Unit[]): (readonly Intervention[])[] {
  return heads.flatMap((head) =>
    [1 + step, 1 - step].map((factor): Intervention[] => [
      { at: `blocks.${head.block}.attn.result`, heads: [head.head!], edit: { kind: 'scale', factor } }
    ])
  )
}

/**
 * Importance of heads by Michel, Levy & Neubig 2019, equation 5: the mean over sentences of |dL(x) / d mask|, L(x) the
 * mean loss of a sentence's tokens and the mask 1; over each block's heads divided by their Euclidean norm (their
 * section 4.1). The derivative is a central difference: it needs two passes from the head's layer up and no gradient.
 * @param scores of the loss, of the variants that `maskedHeads` names
 */
export function headImportance(
  { plain, sums }: Pick<MeasureScores, 'plain' | 'sums'>,
  heads: readonly Unit[]
): Float64Array {
  const sentences = plain.sum.length
  const scored = plain.count.reduce((sum, count) => sum + Number(count > 0), 0)
  const importance = Float64Array.from(heads, (_, h) => {
    let sum = 0
    for (let s = 0; s < sentences; s++) {
      if (plain.count[s]! > 0)
        sum +=
          Math.abs(sums[2 * h * sentences + s]! - sums[(2 * h + 1) * sentences + s]!) / (2 * step * plain.count[s]!)
    }
    return sum / scored
  })
  const norms = new Map<number, number>()
  heads.forEach(({ block }, h) => norms.set(block, (norms.get(block) ?? 0) + importance[h]! ** 2))
  return importance.map((value, h) => value / Math.sqrt(norms.get(heads[h]!.block)! || 1))
}
