import type { SentenceRow } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { SentenceAnalysis, SentenceRef } from '@shared/sentence'

/** A sentence to be read by a model. */
export interface ReadingRequest {
  /** Of model and sentence: two readings with one key show the same. */
  key: string
  /** The same whatever is masked of the sentence. */
  textKey: string
  model: ModelInfo
  sentence: SentenceRef
}

/** A sentence as a model read it: everything that is drawn of a sentence says by this whose it is. */
export interface Reading extends ReadingRequest, SentenceAnalysis {
  /** The sentence's gold labels; null for typed text. */
  row: SentenceRow | null
  /** First token of every word, -1 for a word without tokens. */
  firstToken: Int32Array
}

export function readingRequest(model: ModelInfo, sentence: SentenceRef): ReadingRequest {
  const { masked = [] } = sentence
  const where =
    sentence.kind === 'text'
      ? ['text', sentence.text, sentence.second]
      : ['dataset', sentence.datasetId, sentence.split, sentence.index]
  const textKey = JSON.stringify([model.id, ...where])
  return { key: masked.length ? JSON.stringify([textKey, ...masked]) : textKey, textKey, model, sentence }
}

/** A sentence for a model that may have other tokens: places of masked ones are those of the tokenizer they are of. */
export function sentenceFor(model: ModelInfo, sentence: SentenceRef, of: ModelInfo): SentenceRef {
  const isAlike = model.vocabulary === of.vocabulary && model.spelling === of.spelling
  return sentence.masked && !isAlike ? { ...sentence, masked: undefined } : sentence
}

export function makeReading(request: ReadingRequest, analysis: SentenceAnalysis, row: SentenceRow | null): Reading {
  const firstToken = new Int32Array(analysis.words.length).fill(-1)
  analysis.tokens.forEach(({ word }, token) => {
    if (word !== null && firstToken[word] === -1) firstToken[word] = token
  })
  return { ...request, ...analysis, row, firstToken }
}
