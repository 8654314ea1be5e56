import type { AttentionUnit } from '@/plots/attentionMap'

export interface VisiblePart {
  /** [shown, shown]. */
  weights: Float32Array
  /** [shown]: attention of each shown row that goes to units which are not shown. */
  hidden: Float32Array
}

/** Positions of the units that are shown. */
export function shownUnits(units: readonly AttentionUnit[], hideSpecial: boolean): number[] {
  return units.flatMap((unit, index) => (hideSpecial && unit.special ? [] : [index]))
}

/**
 * Takes the shown rows and columns out of a map. Weights stay what the model computed, so rows then sum to less than 1
 * and `hidden` says by how much; only with `renormalise` are they divided by what is left (a row that has nothing left
 * stays empty).
 * @param weights [size, size]
 * @param links of the shown units, which are queries and which are keys; all of them where left out
 */
export function takeUnits(
  weights: Float32Array,
  size: number,
  shown: readonly number[],
  renormalise: boolean,
  links: { query: readonly boolean[]; key: readonly boolean[] } | null = null
): VisiblePart {
  const count = shown.length
  const result = new Float32Array(count * count)
  const hidden = new Float32Array(count)
  shown.forEach((query, row) => {
    let total = 0
    for (let key = 0; key < size; key++) total += weights[query * size + key]!
    let visible = 0
    shown.forEach((key, column) => {
      const isLinked = !links || (links.query[row]! && links.key[column]!)
      const weight = isLinked ? weights[query * size + key]! : 0
      visible += weight
      result[row * count + column] = weight
    })
    hidden[row] = count === size && !links ? 0 : Math.max(0, total - visible)
    if (renormalise && visible > 0)
      for (let column = 0; column < count; column++) result[row * count + column]! /= visible
  })
  return { weights: result, hidden }
}
