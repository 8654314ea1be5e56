import type { ColumnChoice, DatasetPreview } from '@shared/dataset'
import type { DatasetBuilder, SplitBuilder } from '../builder'
import type { LayerSpec } from '../layers'
import type { Notes } from '../notes'
import type { SpanLayerSpec } from '../spans'
import type { FileHead, LineParser } from './source'
import type { Tables } from '../split'

/** What a reader reports about the beginning of a file; the store adds the rest of a `DatasetPreview`. */
export type FormatPreview = Pick<DatasetPreview, 'layout' | 'delimiter' | 'quoting' | 'header' | 'columns' | 'rows'>

/** What a reader needs to read one file into one split, or into several when the file itself names them. */
export interface ReadContext {
  file: string
  builder: DatasetBuilder
  notes: Notes
  /** The split that the file's name indicates. */
  split(): SplitBuilder
  /** A split that the file itself names. */
  namedSplit(name: string): SplitBuilder
}

/** A format with every setting decided: the same for all files of a data set. */
export interface ReadPlan {
  parser(context: ReadContext): LineParser
  /** The label layers, asked once all files are read. */
  layers(tables: Tables): LayerSpec[]
  /** The layers of labelled spans, in formats that have them. */
  spanLayers?(tables: Tables): SpanLayerSpec[]
  /** The column that says which document a sentence is from, where columns have roles. */
  documents?: string
  /** Refuses a further file whose columns are not those of the first. */
  checkHead?(head: FileHead, first: string): void
}

/**
 * One format: adding one is a file like `conllu.ts` and a line in `readers.ts`. See docs/adding-a-dataset-reader.md.
 */
export interface DatasetReader {
  id: string
  title: string
  /** With the dot, lower case, without `.gz` or `.zst`. */
  extensions: string[]
  /** The longest line that can be right in this format. */
  maxLineBytes: number
  /** How much of a file `preview` and `plan` need; formats that are not line by line need all of it. */
  headBytes: number
  /** Whether it has no labels. */
  unlabelled?: boolean
  /** How well a file fits, from 0 (not at all) to 1; the best reader opens it. */
  sniff(head: FileHead): number
  preview(head: FileHead, choice: ColumnChoice): FormatPreview
  /** Decides every setting that the choice leaves open. Throws a UserError when the file cannot make a data set. */
  plan(head: FileHead, choice: ColumnChoice): ReadPlan
}
