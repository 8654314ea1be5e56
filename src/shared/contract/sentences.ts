import * as v from 'valibot'
import { count, layer, name, sentenceRef } from '../fields'
import type { SentenceInside } from '../inside'
import type { SentenceAnalysis } from '../sentence'
import type { FloatTensor } from '../tensorData'
import { engine } from './call'

/** One sentence through a model. */
export const sentenceCalls = {
  'sentence.analyze': engine<SentenceAnalysis>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      thumbnailSize: v.pipe(count, v.minValue(4), v.maxValue(64))
    })
  ),
  /** What a model has inside its layers beside its attention maps, or in their place. */
  'sentence.inside': engine<SentenceInside>()(v.strictObject({ modelId: name, sentence: sentenceRef })),
  /**
   * How far the hidden states of two models of one shape are apart at every token, 1 - cosine: [layers + 1, tokens].
   */
  'sentence.distances': engine<FloatTensor>()(v.strictObject({ modelA: name, modelB: name, sentence: sentenceRef })),
  /** One head's map, rows are queries: [tokens, tokens]. `layer` counts blocks from 1, as the rail does. */
  'attention.head': engine<FloatTensor>()(v.strictObject({ modelId: name, sentence: sentenceRef, layer, head: layer })),
  /** All heads of one layer: [heads, tokens, tokens]. */
  'attention.layer': engine<FloatTensor>()(v.strictObject({ modelId: name, sentence: sentenceRef, layer }))
} as const
