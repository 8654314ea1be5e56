import * as v from 'valibot'
import { attentionWayNames } from '../attentionWays'
import { count, jobId, layer, name, sentenceRef } from '../fields'
import type { SentenceInside } from '../inside'
import type { QueryKey } from '../queryKey'
import type { SentenceAnalysis, TokenAnswers } from '../sentence'
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
  /**
   * What the language-model head answers at some tokens: the likeliest tokens, and the one that is in the text (of a
   * causal model, that comes next; null after the last). Empty for a model without a head.
   */
  'sentence.guesses': engine<TokenAnswers[]>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      places: v.pipe(v.array(count), v.maxLength(64)),
      count: v.pipe(count, v.minValue(1), v.maxValue(20))
    })
  ),
  /** One head's map, rows are queries: [tokens, tokens]. `layer` counts blocks from 1, as the rail does. */
  'attention.head': engine<FloatTensor>()(v.strictObject({ modelId: name, sentence: sentenceRef, layer, head: layer })),
  /** All heads of one layer: [heads, tokens, tokens]. */
  'attention.layer': engine<FloatTensor>()(v.strictObject({ modelId: name, sentence: sentenceRef, layer })),
  /** The score that a head gives to every key for the query of one token, taken apart by dimension. */
  'attention.queryKey': engine<QueryKey>()(
    v.strictObject({ modelId: name, sentence: sentenceRef, layer, head: layer, token: count })
  ),
  /** A map that is not the weights of one head, but a way to combine or measure them: [tokens, tokens]. */
  'attention.combined': engine<FloatTensor>()(
    v.strictObject({
      modelId: name,
      sentence: sentenceRef,
      layer,
      head: layer,
      way: v.picklist(attentionWayNames),
      jobId
    })
  )
} as const
