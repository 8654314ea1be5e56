import { countLabels, type LabelledItems } from './baselines'

/**
 * What a word type alone says about its labels, as numbers that a probe reads: log p(label | type), with
 * p = (count of the label among the type's training items + share of the label overall) / (items of the type + 1).
 * A training item is not counted in its own row; otherwise a probe would learn to trust types that it has seen once
 * more than it may. A type without other training items gets the overall shares.
 */
export class TypeShares {
  private readonly overall: Float64Array
  private readonly byType = new Map<string, Float64Array>()

  /** @param classes of the training items; `train.labels` are below it */
  constructor(
    private readonly train: LabelledItems,
    private readonly classes: number
  ) {
    this.overall = countLabels(train.labels, classes).map((count) => count / train.labels.length)
    train.types.forEach((type, item) => {
      let counts = this.byType.get(type)
      if (!counts) this.byType.set(type, (counts = new Float64Array(classes)))
      counts[train.labels[item]!]!++
    })
  }

  /** Rows of the training items, each without itself: [items, classes]. */
  training(): Float32Array {
    return this.rows(this.train.types, this.train.labels)
  }

  /** Rows of other items: [items, classes]. */
  of(types: readonly string[]): Float32Array {
    return this.rows(types, null)
  }

  private rows(types: readonly string[], without: Int32Array | null): Float32Array {
    const { classes, overall } = this
    const rows = new Float32Array(types.length * classes)
    types.forEach((type, item) => {
      const counts = this.byType.get(type)
      const own = without?.[item] ?? -1
      const size = (counts?.reduce((sum, count) => sum + count, 0) ?? 0) - (own < 0 ? 0 : 1)
      for (let k = 0; k < classes; k++) {
        const count = (counts?.[k] ?? 0) - (k === own ? 1 : 0)
        rows[item * classes + k] = Math.log((count + overall[k]!) / (size + 1))
      }
    })
    return rows
  }
}
