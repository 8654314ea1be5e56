import type { DatasetSplit } from '@shared/dataset'
import type { StringTable } from './columns'
import { pickSpans, type SpanColumn } from './spanColumn'

/** A file that a split was read from, with its size and the SHA-256 of its bytes. */
export type FileShard = NonNullable<DatasetSplit['shards']>[number]

/**
 * One split in memory: typed arrays over words and sentences, strings by the tables it shares with the other splits.
 */
export interface SplitData {
  name: string
  path: string
  bytes: number
  fileHash: string
  /** Where it is several files. */
  shards?: FileShard[]
  wordsHash: string
  /** First word of each sentence, and the number of words at the end: sentences + 1. */
  starts: Int32Array
  /** Word form of each word. */
  forms: Int32Array
  /** 1 where a space follows the word. */
  spaceAfter: Uint8Array
  /** Head of each word within its sentence, 1-based, 0 for the root, -1 for none; absent without trees. */
  heads?: Int32Array
  /** By column: a value a word, -1 where there is none. */
  tokenColumns: Map<string, Int32Array>
  /** By column: a value a sentence, -1 where there is none. */
  sentenceColumns: Map<string, Int32Array>
  /** By column: spans of words with a label, or pairs of them, in reading order. */
  spans: Map<string, SpanColumn>
  ids: string[]
  texts: string[]
}

/** The strings behind the ids of all splits of a data set. */
export interface Tables {
  forms: StringTable
  /** By column; a column has one table, whether its values are per word or per sentence. */
  columns: Map<string, StringTable>
}

export function sentenceCount(split: Pick<SplitData, 'starts'>): number {
  return split.starts.length - 1
}

/** First word of a sentence and the word after its last. */
export function sentenceBounds(split: Pick<SplitData, 'starts'>, index: number): [number, number] {
  const start = split.starts[index]
  const end = split.starts[index + 1]
  if (start === undefined || end === undefined) throw new Error(`The split has no sentence ${index}.`)
  return [start, end]
}

/** The part of a split that holds the given sentences, in the given order. */
export function pickSentences(split: SplitData, sentences: readonly number[], name: string): SplitData {
  const starts = new Int32Array(sentences.length + 1)
  sentences.forEach((sentence, index) => {
    const [start, end] = sentenceBounds(split, sentence)
    starts[index + 1] = (starts[index] ?? 0) + end - start
  })
  const words = starts[sentences.length] ?? 0
  const perWord = <A extends Int32Array | Uint8Array>(source: A, target: A): A => {
    sentences.forEach((sentence, index) => {
      const [start, end] = sentenceBounds(split, sentence)
      target.set(source.subarray(start, end), starts[index])
    })
    return target
  }
  const mapColumns = (
    columns: Map<string, Int32Array>,
    pick: (column: Int32Array) => Int32Array
  ): Map<string, Int32Array> => new Map([...columns].map(([id, column]) => [id, pick(column)]))
  return {
    ...split,
    name,
    wordsHash: '',
    starts,
    forms: perWord(split.forms, new Int32Array(words)),
    spaceAfter: perWord(split.spaceAfter, new Uint8Array(words)),
    heads: split.heads && perWord(split.heads, new Int32Array(words)),
    tokenColumns: mapColumns(split.tokenColumns, (column) => perWord(column, new Int32Array(words))),
    sentenceColumns: mapColumns(split.sentenceColumns, (column) =>
      Int32Array.from(sentences, (sentence) => column[sentence] ?? -1)
    ),
    spans: new Map([...split.spans].map(([id, column]) => [id, pickSpans(column, split.starts, sentences)])),
    ids: sentences.map((sentence) => split.ids[sentence] ?? ''),
    texts: sentences.map((sentence) => split.texts[sentence] ?? '')
  }
}
