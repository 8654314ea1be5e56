import * as v from 'valibot'
import { jobId, name } from '../fields'
import {
  exportFormats,
  type KeptResult,
  type ListedResult,
  type RerunOutcome,
  type ResultKindId,
  type ResultRecord,
  type ResultRows
} from '../results'
import { engine, nothing } from './call'

const keptIds = v.pipe(v.array(name), v.minLength(1), v.maxLength(1000))

/** A result of any kind; `record.kind` says which. */
type AnyResult = { [K in ResultKindId]: KeptResult<K> }[ResultKindId]

/** Everything that is kept. */
export const resultsCalls = {
  /** Everything that was computed and is kept, of every kind, newest first. */
  'results.list': engine<ListedResult[]>()(nothing),
  /** One result with its numbers. */
  'results.read': engine<{ record: ResultRecord; result: AnyResult }>()(v.strictObject({ id: name })),
  /** All numbers of one result as a table, and how it was made as sentences for a paper. */
  'results.rows': engine<ResultRows & { methods: string }>()(v.strictObject({ id: name })),
  /** The text of a file: csv, json, a LaTeX table, a methods paragraph or BibTeX. */
  'results.export': engine<{ text: string }>()(v.strictObject({ ids: keptIds, format: v.picklist(exportFormats) })),
  /** Opens the model and the data of a result again, runs its request, keeps the answer and compares both. */
  'results.rerun': engine<RerunOutcome>()(v.strictObject({ id: name, jobId })),
  'results.rename': engine<null>()(v.strictObject({ id: name, name: v.pipe(v.string(), v.maxLength(200)) })),
  'results.delete': engine<null>()(v.strictObject({ ids: keptIds })),
  /** Takes deleted ones back, for a day. */
  'results.restore': engine<null>()(v.strictObject({ ids: keptIds }))
} as const
