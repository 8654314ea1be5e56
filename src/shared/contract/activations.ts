import * as v from 'valibot'
import type { CostEstimate } from '../activations'
import { draw } from '../drawing'
import { count, fresh, jobId, layer, metric, name, pool, seed, sentenceRef } from '../fields'
import type { NearWord, PlacedVectors } from '../projection'
import type { CustomAxes } from '../projection/customAxes'
import type { Answer } from '../results'
import { engine } from './call'

const activations = { modelId: name, datasetId: name, split: name, pool, maxWords: v.nullable(count) }

const end = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))
const axis = v.variant('kind', [
  v.strictObject({ kind: v.literal('words'), from: end, to: end }),
  v.strictObject({ kind: v.literal('classes'), task: name, from: end, to: end }),
  v.strictObject({ kind: v.literal('erased'), result: name, direction: count })
])
const points = { ...activations, layer, maxPoints: v.nullable(count), seed }

/** Hidden states of a corpus, and where its words are in the space of a layer. */
export const activationsCalls = {
  'activations.estimate': engine<CostEstimate>()(v.strictObject({ ...activations, draw })),
  'activations.extract': engine<CostEstimate>()(v.strictObject({ ...activations, draw, jobId })),
  /**
   * Principal components of the words of one layer, and their neighbours unless `neighbours` is 0; `maxPoints`
   * null takes all words.
   */
  'projection.input': engine<Answer<'projection'>>()(
    v.strictObject({
      ...activations,
      layer,
      maxPoints: v.nullable(count),
      neighbours: v.pipe(
        count,
        v.maxValue(200),
        v.check((neighbours) => neighbours !== 1, 'Expected 0 or 2 to 200')
      ),
      /** Nearly all neighbours, in a fraction of the time; the answer says how many. All of them where it is absent. */
      approximate: v.optional(v.boolean()),
      components: v.pipe(count, v.minValue(2), v.maxValue(10)),
      metric,
      seed,
      jobId,
      fresh
    })
  ),
  /**
   * The words of a projection along directions of one's own; a second axis that is null is the direction of greatest
   * variance at right angles to the first.
   */
  'projection.axes': engine<CustomAxes>()(v.strictObject({ ...points, axes: v.strictTuple([axis, v.nullable(axis)]) })),
  /** The vectors of a projection's words and of the words of a sentence, to place these among them. */
  'projection.vectors': engine<PlacedVectors>()(v.strictObject({ ...points, sentence: sentenceRef })),
  /** How contextual the words of every layer are, and how many dimensions they fill. */
  'geometry.layers': engine<Answer<'geometry'>>()(
    v.strictObject({
      ...activations,
      draw,
      contexts: v.pipe(count, v.minValue(2), v.maxValue(1000)),
      sample: v.pipe(count, v.minValue(2), v.maxValue(20_000)),
      dimensionWords: v.pipe(count, v.minValue(4), v.maxValue(20_000)),
      seed,
      jobId,
      fresh
    })
  ),
  /** The words nearest to one word in a layer's own space, over the whole split. */
  'projection.nearest': engine<NearWord[]>()(
    v.strictObject({
      ...activations,
      layer,
      sentence: count,
      position: count,
      count: v.pipe(count, v.minValue(1), v.maxValue(100)),
      metric
    })
  )
} as const
