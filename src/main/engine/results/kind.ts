import type {
  Computed,
  ListedResult,
  ResultFigures,
  ResultKindId,
  ResultRows,
  Results,
  ResultStamp,
  ResultSubject
} from '@shared/results'
import type { ReferenceKey } from '@shared/references'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'

/** A result as it is read from the library or a file: earlier versions did not write the whole stamp. */
export type StoredResult<K extends ResultKindId> = Results[K] & Partial<ResultStamp<K>>

/** The same with what its folder is named after, and what it is listed by. */
export type IdentifiedResult<K extends ResultKindId> = StoredResult<K> & Pick<ResultStamp, 'id' | 'createdAt'>

/** What a run leaves: its numbers, and tables that separate calls read. */
export interface RunOutcome<K extends ResultKindId> {
  result: Computed<K>
  tables?: Record<string, TensorToWrite>
  /** Fields of the request that would have given this result, where it ended otherwise than was requested. */
  as?: Readonly<Record<string, unknown>>
}

/** What must be read from a result of an earlier version, because no record beside it has it. */
export interface EarlierResults<K extends ResultKindId> {
  /** The field by which a file without `resultKind` is recognised. */
  mark: string
  subject(result: StoredResult<K>): ResultSubject
  backend(result: StoredResult<K>): string
  seconds(result: StoredResult<K>): number
  /** A result as an earlier version wrote it, in today's form. */
  upgrade?(stored: StoredResult<K>): StoredResult<K>
}

/** How results of a kind describe themselves. What runs them is a line in services/runners.ts. */
export interface ResultKind<K extends ResultKindId> {
  id: K
  /** The command that computes such results; absent where the window alone does. */
  command?: string
  /**
   * Computed quickly while exploring: the list leaves them out until they are named. The number is how many without a
   * name are kept; the oldest make room for new ones.
   */
  passing?: number
  /** Fields that are measured (times, rates) rather than computed: they differ in every run. */
  measured?: readonly string[]
  earlier?: EarlierResults<K>
  /** What the list shows. */
  summarise(result: StoredResult<K>): ResultFigures
  /** All numbers as one table. */
  rows(result: StoredResult<K>): ResultRows
  /** How it was made, as sentences for a paper. Citations are keys of shared/references.ts in brackets. */
  methods(result: StoredResult<K>, listed: ListedResult): string
  /** What such a paper cites for it. */
  cites(result: StoredResult<K>, listed: ListedResult): ReferenceKey[]
  /** What was computed, in a few words: 'Universal part of speech, 7 layers'. */
  describe(result: StoredResult<K>, listed: Pick<ListedResult, 'subject'>): string
}
