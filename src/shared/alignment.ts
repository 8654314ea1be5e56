import type { Pooling } from './model'
import type { Interval } from './probe'

/** Share of sentences whose translation is nearest by cosine among all translations; the mean of both directions. */
export interface Retrieval {
  accuracy: number
  /** From the first language to the second, and back. */
  there: number
  back: number
  interval: Interval
}

/**
 * Retrieval between a layer of the first model and one of the second. `raw`: vectors as they are, `centred`: without
 * the mean of their language, both null where the layers differ in width; `aligned`: the first language turned onto
 * the second as well.
 */
export interface AlignedLayer {
  layerA: number
  layerB: number
  raw: Retrieval | null
  centred: Retrieval | null
  aligned: Retrieval
}

/**
 * Contextual vectors of two languages before and after they are aligned (Schuster et al. 2019, NAACL, section 3): the
 * anchor of a word is the mean of its vectors over all contexts, and an orthogonal map takes the anchors of one
 * language to those of their translations in the other.
 */
export interface AlignmentResult {
  modelA: { id: string; name: string; layers: number; width: number }
  modelB: { id: string; name: string; layers: number; width: number }
  /** The two languages are two splits of parallel sentences. */
  dataset: { id: string; name: string; splitA: string; splitB: string }
  pool: Pooling
  seed: number
  /** Sentences that the anchors come from, and sentences that are retrieved. */
  fitted: number
  tested: number
  /** Pairs of words whose anchors are aligned, the surest first, and a few of them. */
  anchors: number
  examples: [string, string][]
  layers: AlignedLayer[]
}

/** With fewer anchors for each dimension, a map follows the anchors more than the languages. */
const fewestPerDimension = 3

/** Why the map may be worse than the vectors it was made of, as a sentence; null where its anchors are many. */
export function alignmentCaution({ anchors, modelA, modelB }: AlignmentResult): string | null {
  const width = Math.min(modelA.width, modelB.width)
  return anchors < fewestPerDimension * width
    ? `The map has ${width.toLocaleString('en')} dimensions and ${anchors.toLocaleString('en')} words to learn from; ` +
        'with more parallel text it would be better.'
    : null
}

/** The states of a layer's vectors, in the order in which they are computed. */
export const alignmentStates = {
  raw: { title: 'as they are', hint: 'Vectors as the model gives them' },
  centred: { title: 'centred', hint: 'Without the mean of their language' },
  aligned: { title: 'aligned', hint: 'Centred, and one language turned onto the other by an orthogonal map' }
} as const satisfies Record<'raw' | 'centred' | 'aligned', { title: string; hint: string }>
export type AlignmentState = keyof typeof alignmentStates
