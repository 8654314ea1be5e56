import type { ProbeTask } from './task'

/**
 * Data sets as they cross the wire: plain objects, no methods. A data set is a list of splits (train, dev, test, ...),
 * a split a list of sentences, a sentence a list of words; labels belong to words or to sentences.
 */

/** What carries a label: each word, or the sentence as a whole. */
export type LabelUnit = 'token' | 'sentence'

/** A class from a closed list, or a quantity such as the distance to the head. */
export type LabelKind = 'class' | 'number'

/** One set of labels over the words or the sentences of a data set, such as the universal part of speech. */
export interface LabelLayer {
  /** Stable within a data set: `upos`, `feats.Number`, or the name of the user's own column. */
  id: string
  title: string
  unit: LabelUnit
  kind: LabelKind
  description?: string
  /**
   * Most frequent first, over all splits; empty for a number. A class id is a position in this list, in every split.
   */
  classes: string[]
  /** How often each class occurs over all splits, in the order of `classes`. */
  counts: number[]
  /** The same, split by split. */
  countsBySplit: Record<string, number[]>
  /** How many words or sentences carry a value, over all splits. */
  labelled: number
  /** Present for a number: its smallest and largest value and its mean over all splits. */
  range?: { min: number; max: number; mean: number }
  /** False where there is nothing to learn: fewer than two classes, or a number that never varies. */
  probeable: boolean
}

/** Labels of spans of words, or of pairs of them: entities, constituents, coreference, semantic roles. */
export interface SpanLayer {
  id: string
  title: string
  unit: 'span' | 'pair'
  kind: LabelKind
  description: string
  /** Most frequent first, over all splits; empty for a number. */
  classes: string[]
  counts: number[]
  /** How many spans or pairs carry a label, over all splits. */
  labelled: number
  /** False where there is nothing to learn: fewer than two different labels. */
  probeable: boolean
  /** Whether the two halves of every pair are whole sentences, so that a model can read them as one input. */
  ofSentences?: boolean
}

/** One sentence with its labels. Arrays that belong to words have the length of `words`. */
export interface SentenceRow {
  split: string
  /** Position in its split, from 0. */
  index: number
  /** The file's own identifier, or `train-17` (split and number, from 1) where the file has none. */
  id: string
  text: string
  words: string[]
  /**
   * By the id of a label layer whose unit is `token`; null where a word carries no label. Numbers come as decimal text.
   */
  labels: Record<string, (string | null)[]>
  /** By the id of a label layer whose unit is `sentence`. */
  sentenceLabels: Record<string, string | null>
  /**
   * The head of each word as in CoNLL-U: 1-based, 0 for the root, -1 where the file gives none. Absent without trees.
   */
  heads?: number[]
  lemmas?: (string | null)[]
  /** True where a space follows the word in the text. */
  spaceAfter?: boolean[]
}

/** One split of a data set. */
export interface DatasetSplit {
  name: string
  /** The file it was read from; several splits can share one. */
  path: string
  sentences: number
  words: number
  /** Size of that file on disk, or of all its shards. */
  bytes: number
  /** SHA-256 of the file as it is on disk, in hexadecimal; of several shards, of their hashes, one a line. */
  fileHash: string
  /** The files of a split that is more than one, in the order in which they were read. */
  shards?: { path: string; bytes: number; fileHash: string }[]
  /**
   * SHA-256 of the split's words and sentence boundaries alone: equal words give equal activations, whatever the
   * labels.
   */
  wordsHash: string
}

/** An opened data set. */
export interface DatasetInfo {
  /**
   * The folder's name for a bundled set, otherwise made from the content: opening the same files again gives the same
   * id.
   */
  id: string
  name: string
  description?: string
  /** Id and title of the reader that read it. */
  format: string
  formatTitle: string
  builtin: boolean
  splits: DatasetSplit[]
  /** In the order in which they should be offered. */
  labelLayers: LabelLayer[]
  /** Empty in formats that label words and sentences only. */
  spanLayers: SpanLayer[]
  /** The tasks for probes, derived from the labels, the trees and the text. */
  tasks: ProbeTask[]
  /** The default splits to train and to test on. */
  suggested: { train: string; test: string }
  /**
   * What a careful reader of results should know (divided at random, sentences in two splits, ...), with counts, as
   * sentences.
   */
  warnings: string[]
  /** How the files were read (multiword tokens, comments, line ends, ...), with counts, as sentences. */
  notes: string[]
  licence?: string
  source?: string
  citation?: string
  /** Size on disk of all its files together. */
  bytes: number
}

/** A data set that can be chosen: bundled, or opened before. */
export interface DatasetSummary {
  id: string
  name: string
  description: string
  licence: string
  source: string
  /** What to hand to `open`: the folder of a bundled set, the files of an opened one. */
  paths: string[]
  splits: string[]
  /** Size on disk. */
  bytes: number
  builtin: boolean
  /** Whether it is in memory already. */
  opened: boolean
}

/**
 * What a column (or a key of a JSON object) is used for. `tokenIndex` numbers the words within their sentence,
 * `document` says which text a sentence is from.
 */
export type ColumnRole = 'word' | 'label' | 'text' | 'sentenceId' | 'document' | 'tokenIndex' | 'ignore'

/** What the values of a label column are: names of classes, or a quantity. */
export type ColumnValues = 'classes' | 'numbers'

/** How the rows of a table make sentences. */
export type TableLayout = 'tokenPerLine' | 'sentencePerRow'

export type Delimiter = 'tab' | 'comma' | 'semicolon' | 'space'

/** How a user's own file is to be read. Everything left out is guessed from the beginning of the file. */
export interface ColumnChoice {
  /** Id of the reader, such as `conllu` or `delimited`. */
  format?: string
  layout?: TableLayout
  delimiter?: Delimiter
  /** Whether double quotes enclose fields, as in CSV. */
  quoting?: boolean
  /** Whether the first row names the columns. */
  header?: boolean
  /**
   * Roles of columns; the `columns` of a preview can be sent back as they are. A table's columns are found by `index`
   * and take `name` as the name of their label layer; the keys of JSON objects are found by `name`. `as` says what the
   * values of a label are; left out, they are looked at.
   */
  columns?: { index: number; name?: string; role: ColumnRole; as?: ColumnValues }[]
}

/** One column of a file about to be opened. */
export interface PreviewColumn {
  /** From 0. */
  index: number
  name: string
  /** The first few different values. */
  examples: string[]
  guess: ColumnRole
  /** The role it will be read with: the user's choice, otherwise the guess. */
  role: ColumnRole
  /** The roles that make sense for it. */
  roles: ColumnRole[]
  /** Why the role was guessed, in a few words; absent for one that was chosen, or that the format fixes. */
  reason?: string
  /** What the values of a label are read as; absent for labels that are never numbers. */
  as?: ColumnValues
  /** Its values counted, with exceptions, and why they are read so, as sentences; present with `as`. */
  values?: string
}

/** The beginning of a file as it would be read. */
export interface DatasetPreview {
  path: string
  /** Id and title of the reader. */
  format: string
  formatTitle: string
  /** The readers that can be chosen instead. */
  formats: { id: string; title: string }[]
  /** The current settings, guessed or chosen; absent if the format leaves no choice. */
  layout?: TableLayout
  delimiter?: Delimiter
  quoting?: boolean
  header?: boolean
  columns: PreviewColumn[]
  /** The first rows, one text a column. */
  rows: string[][]
  /** Sentences and words in the part that was read; `complete` says whether that was the whole file. */
  sentences: number
  words: number
  complete: boolean
  /** Errors and warnings on opening, as sentences. The file can be opened if `canOpen` is true. */
  problems: string[]
  /** How the file is read (multiword tokens, comments, line ends, ...), as sentences. */
  notes: string[]
  canOpen: boolean
  /**
   * The splits that the files would be, each with its first file. A single one is divided on opening, unless names are
   * given to `open`.
   */
  splits: { path: string; name: string }[]
  /** The splits that the file itself names, as a JSON document can; then it is not divided. Empty for all others. */
  ownSplits: string[]
}

/** The files to open as one data set. */
export interface OpenDatasetRequest {
  /** Files, or one folder that holds them. One file on its own is split into train and test. */
  paths: string[]
  /** Names of the splits, one a path; guessed from the file names when left out. */
  splitNames?: string[]
  name?: string
  choice?: ColumnChoice
  /** For a single file: the part that becomes the train split (default 0.8) and the seed of the draw (default 1). */
  trainFraction?: number
  seed?: number
  /** What stays together in that draw; by document where there are ten or more, by sentence otherwise. */
  divideBy?: 'document' | 'sentence'
  /** Of each split, only a sample is read, drawn by document; what is not drawn is never in memory. */
  sample?: SampleRequest
}

/** About how many words of each split are read, and the seed that draws them. */
export interface SampleRequest {
  words: number
  seed: number
}

/** A page of a corpus list. */
export interface SentencePageRequest {
  datasetId: string
  /** One split; all in their order when left out. */
  split?: string
  /** See docs/data-formats.md, "Searching": words, "whole words", upos:NOUN, form:bank, lemma:go. */
  query?: string
  /** Only sentences with this label: on one of their words, or on the sentence. */
  filter?: { layer: string; value: string } | null
  /** Only sentences with one of these words, counted through the split from 0; of a single split. */
  words?: readonly number[]
  offset: number
  limit: number
  /** The word-level label layers to send with each sentence; none by default. */
  layers?: string[]
}

/** A sentence found by a search, with the positions in its `words` (from 0) of what matched. */
export interface SentenceMatch {
  row: SentenceRow
  matches: number[]
}

export interface SentencePage {
  /** How many sentences match in all. */
  total: number
  rows: SentenceMatch[]
}
