import { isWholeInput, labelledItem } from '@shared/finetune'
import { sentenceStarts } from '../../datasets/sentenceStarts'
import type { Task, WordSpans } from '../../tasks/task'
import type { Tokenizer } from '../../tokenizers/tokenizer'
import { unlabelled } from '../losses'
import type { TokenSpans } from './batches'
import { spanExamples, spanItems, type ItemPlace } from './spanExamples'

/** One input of the model with what it is to answer. */
export interface Example {
  /** Place of its sentence in the split. */
  sentence: number
  ids: Int32Array
  /** Word of each token in its sentence, -1 for special tokens. */
  wordOfToken: Int32Array
  /** Segment of each token; null where all are of the first. */
  segments: Int32Array | null
  /**
   * In tasks of sentences and of pairs of them one label; of spans one for each; of words one for each token,
   * `unlabelled` where there is none.
   */
  labels: readonly number[]
  /** Where each label is in the sentence, in order; null in tasks of sentences. */
  places: readonly ItemPlace[] | null
  /** Tokens of each label; null where labels are of tokens or of the whole input. */
  spans: readonly TokenSpans[] | null
  /** What a teacher scores, a row for each label. */
  taught?: Float32Array
  /** How much each label weighs in training, where they do not weigh alike. */
  weights?: readonly number[]
}

export interface ExampleSource {
  task: Task
  split: string
  seed: number
  sentences: readonly (readonly string[])[]
  tokenizer: Tokenizer
  /** Whether a word's label is read at its last token, which alone has read the whole word, or at its first. */
  causal: boolean
  /** Whether the model distinguishes the two sentences of a pair. */
  segments: boolean
}

/** Labelled sentences as inputs. */
export interface Examples {
  examples: Example[]
  /** Sentences that were cut. */
  cut: number
  /** Spans that do not fit into the model's window. */
  leftOut: number
}

/**
 * The labelled sentences of a split as inputs, those without a label left out. A sentence that is longer than the
 * model's window is cut in tasks of sentences; in tasks of words and spans its further words are inputs of their own.
 * @param chosen sentences, in this order
 */
export async function examplesOf(
  { task, split, seed, sentences, tokenizer, causal, segments: distinguished }: ExampleSource,
  chosen: readonly number[]
): Promise<Examples> {
  const items = task.items(split, seed)
  const { classes, values } = items
  const starts = sentenceStarts(sentences)
  const item = labelledItem(task)
  const pairs = item === 'sentence pair' ? pairsOf(items, items.second!, starts) : null
  const secondOf = (sentence: number): readonly string[] => sentences[pairs?.get(sentence)?.second ?? -1] ?? []
  const examples: Example[] = []
  let [cut, leftOut] = [0, 0]
  if (!isWholeInput(item) && !labelsTokens(task)) {
    const bySentence = spanItems(items, starts)
    const reached = chosen.map((sentence) => {
      const lasts = (bySentence.get(sentence) ?? []).map(({ last }) => last)
      return sentences.slice(sentence, 1 + Math.max(...lasts))
    })
    await tokenizer.prepare(new Set(reached.flat(2)))
    const read = item === 'word' ? (causal ? 'last' : 'first') : null
    for (const sentence of chosen) {
      const ofSentence = spanExamples(bySentence.get(sentence) ?? [], { sentence, sentences, starts, tokenizer, read })
      examples.push(...ofSentence.examples.map((example) => ({ ...example, segments: null })))
      leftOut += ofSentence.leftOut
    }
    return { examples, cut, leftOut }
  }
  await tokenizer.prepare(new Set(chosen.flatMap((sentence) => [...sentences[sentence]!, ...secondOf(sentence)])))
  for (const sentence of chosen) {
    const words = sentences[sentence]!
    if (pairs) {
      const { item } = pairs.get(sentence)!
      const label = values ? values[item]! : classes[item]!
      if (values ? Number.isNaN(label) : label < 0) continue
      const { ids, wordOfToken, segments, cut: isCut } = tokenizer.encodePair(words, secondOf(sentence))
      if (isCut) cut++
      examples.push({
        sentence,
        ids,
        wordOfToken,
        segments: distinguished && segments.some((segment) => segment > 0) ? segments : null,
        labels: [label],
        places: null,
        spans: null
      })
      continue
    }
    if (task.unit === 'sentence') {
      const label = values ? values[sentence]! : classes[sentence]!
      if (values ? Number.isNaN(label) : label < 0) continue
      const { ids, wordOfToken, wordsTaken } = tokenizer.encode(words)
      if (wordsTaken < words.length) cut++
      examples.push({ sentence, ids, wordOfToken, segments: null, labels: [label], places: null, spans: null })
      continue
    }
    const classOf = (word: number): number => classes[starts[sentence]! + word]!
    examples.push(...wordExamples(words, sentence, tokenizer, causal, classOf))
  }
  return { examples, cut, leftOut }
}

/** Whether every token has a label: in tasks of classes of words. Numbers of words are those of spans of a token. */
export function labelsTokens({ unit, kind }: Pick<Task, 'unit' | 'kind'>): boolean {
  return unit === 'token' && kind === 'class'
}

/** A sentence whose words have labels, as inputs. @param classOf class of a word, negative for none */
function wordExamples(
  words: readonly string[],
  sentence: number,
  tokenizer: Tokenizer,
  causal: boolean,
  classOf: (word: number) => number
): Example[] {
  const examples: Example[] = []
  for (let from = 0; from < words.length;) {
    const { ids, wordOfToken, wordsTaken } = tokenizer.encode(words, from)
    const places: ItemPlace[] = []
    const labels = Array.from(wordOfToken, (word, token) => {
      const isPlace = word >= 0 && wordOfToken[causal ? token + 1 : token - 1] !== word
      const label = isPlace ? classOf(word) : -1
      if (label < 0) return unlabelled
      places.push({ word })
      return label
    })
    if (places.length > 0) examples.push({ sentence, ids, wordOfToken, segments: null, labels, places, spans: null })
    from = Math.max(from + 1, wordsTaken)
  }
  return examples
}

/** Sentences whose words, or which themselves, a model is to label: until then all have the first class. */
export async function examplesToLabel(
  sentences: readonly (readonly string[])[],
  tokenizer: Tokenizer,
  { perToken, causal }: { perToken: boolean; causal: boolean }
): Promise<Example[]> {
  if (!perToken) return (await unlabelledExamples(sentences, tokenizer)).map((example) => ({ ...example, labels: [0] }))
  await tokenizer.prepare(new Set(sentences.flat()))
  return sentences.flatMap((words, sentence) => wordExamples(words, sentence, tokenizer, causal, () => 0))
}

/** Sentences as inputs without labels. */
export async function unlabelledExamples(
  sentences: readonly (readonly string[])[],
  tokenizer: Tokenizer
): Promise<Example[]> {
  await tokenizer.prepare(new Set(sentences.flat()))
  return sentences.map((words, sentence) => {
    const { ids, wordOfToken } = tokenizer.encode(words)
    return { sentence, ids, wordOfToken, segments: null, labels: [unlabelled], places: null, spans: null }
  })
}

/** Item and second sentence of each pair of sentences, by the first sentence. */
export function pairsOf(
  first: WordSpans,
  second: WordSpans,
  starts: Int32Array
): ReadonlyMap<number, { item: number; second: number }> {
  const sentenceAt = new Map(Array.from(starts, (word, sentence): [number, number] => [word, sentence]))
  return new Map(
    Array.from(first.first, (word, item) => [
      sentenceAt.get(word)!,
      { item, second: sentenceAt.get(second.first[item]!)! }
    ])
  )
}
