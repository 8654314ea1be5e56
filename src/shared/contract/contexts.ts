import * as v from 'valibot'
import type { ContextSearch, NeuronInSentence, NeuronLook, NeuronTies } from '../contexts'
import { count, layer, limit, metric, name, offset, pool, sentenceRef } from '../fields'
import { engine } from './call'

const vectors = { modelId: name, datasetId: name, split: name, pool, maxWords: v.nullable(count), layer }
const listed = v.pipe(count, v.minValue(1), v.maxValue(200))

/** Looking through the word vectors of a corpus. */
export const contextCalls = {
  /** A page of the words nearest to a word (or to the mean of some), and what all of them have in common. */
  'contexts.search': engine<ContextSearch>()(
    v.strictObject({
      ...vectors,
      query: v.variant('kind', [
        v.strictObject({ kind: v.literal('word'), sentence: sentenceRef, position: count }),
        v.strictObject({
          kind: v.literal('rows'),
          rows: v.pipe(v.array(count), v.minLength(1), v.maxLength(1_000_000))
        })
      ]),
      metric,
      /** Words found in all. */
      count: v.pipe(count, v.minValue(1), v.maxValue(2000)),
      /** Only words with this label. */
      filter: v.nullable(v.strictObject({ layer: name, value: v.pipe(v.string(), v.maxLength(500)) })),
      /** Leaves out words of the same form. */
      otherForms: v.boolean(),
      offset,
      limit
    })
  ),
  'neurons.ties': engine<NeuronTies>()(v.strictObject({ ...vectors, task: name })),
  'neurons.look': engine<NeuronLook>()(
    v.strictObject({ ...vectors, neuron: count, task: v.nullable(name), count: listed })
  ),
  'neurons.sentence': engine<NeuronInSentence>()(
    v.strictObject({ modelId: name, sentence: sentenceRef, neuron: count })
  )
} as const
