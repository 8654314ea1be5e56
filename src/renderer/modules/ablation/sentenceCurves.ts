import type { SentenceEffect, SentenceReading } from '@shared/ablation'
import type { SmallCurve } from '@/plots/smallCurves'

/** Mean over tokens of how far each layer's hidden states moved. */
export function movementByLayer({ movement }: Pick<SentenceEffect, 'movement'>): number[] {
  const [layers, tokens] = movement.shape as [number, number]
  return Array.from(
    { length: layers },
    (_, layer) =>
      movement.data.subarray(layer * tokens, (layer + 1) * tokens).reduce((sum, value) => sum + value, 0) / tokens
  )
}

/**
 * Share of words at every layer of the run whose answer is right, or where nothing is known to be right, the answer of
 * the model as it is.
 */
export function sharesByLayer(reading: SentenceReading): { values: number[]; reference: number[] | null } {
  const { gold, classes, layers, plain, changed } = reading
  const words = plain.shape[1]!
  const asked = Array.from({ length: words }, (_, word) => word).filter(
    (word) => plain.data[word]! >= 0 && (!gold || gold[word] !== null)
  )
  const share = (answers: Int32Array, layer: number, right: (word: number) => number): number =>
    asked.filter((word) => answers[layer * words + word] === right(word)).length / Math.max(1, asked.length)
  const ids = gold?.map((label) => (label === null ? -2 : classes.indexOf(label)))
  if (!ids)
    return {
      values: layers.map((_, layer) => share(changed.data, layer, (word) => plain.data[layer * words + word]!)),
      reference: null
    }
  return {
    values: layers.map((_, layer) => share(changed.data, layer, (word) => ids[word]!)),
    reference: layers.map((_, layer) => share(plain.data, layer, (word) => ids[word]!))
  }
}

/** The panels of the sentence's curves: how far it moved, then every task over the layers of the model. */
export function sentencePanels(effect: SentenceEffect): SmallCurve[] {
  const layers = effect.movement.shape[0]!
  return [
    {
      title: 'Moved (mean 1 − cosine)',
      values: movementByLayer(effect),
      reference: null,
      format: (value) => value.toFixed(2)
    },
    ...effect.readings
      .filter((reading) => reading.layers.length === layers)
      .map((reading): SmallCurve => ({
        title: reading.task,
        ...sharesByLayer(reading),
        domain: [0, 1],
        format: (value) => (value * 100).toFixed(0)
      }))
  ]
}

export interface ChangedAnswer {
  word: string
  before: string
  after: string
  /** Whether the answer before and after is the right one; null where none is known. */
  right: 'before' | 'after' | 'neither' | null
}

/** Words whose answer at a layer is another than before. */
export function changedAnswers(
  { words }: Pick<SentenceEffect, 'words'>,
  { layers, classes, gold, plain, changed }: SentenceReading,
  layer: number
): ChangedAnswer[] {
  const index = layers.indexOf(layer)
  const count = plain.shape[1]!
  if (index < 0) return []
  return Array.from({ length: count }, (_, word) => word).flatMap((word) => {
    const [before, after] = [plain.data[index * count + word]!, changed.data[index * count + word]!]
    if (before === after) return []
    const label = gold?.[word]
    const right =
      label === undefined || label === null
        ? null
        : classes[before] === label
          ? 'before'
          : classes[after] === label
            ? 'after'
            : 'neither'
    return [{ word: words[word]!, before: classes[before] ?? '–', after: classes[after] ?? '–', right }]
  })
}
