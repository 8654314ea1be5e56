import * as v from 'valibot'
import { name } from '../fields'
import { exportFormats } from '../kept'
import type { KeptSummary } from '../kept'
import { engine, nothing } from './call'

const keptIds = v.pipe(v.array(name), v.minLength(1), v.maxLength(1000))

/** Everything that is kept. */
export const resultsCalls = {
  /** Everything that was computed and is kept, of every kind, newest first. */
  'results.list': engine<KeptSummary[]>()(nothing),
  /** The text of a file: csv, json, a LaTeX table, a methods paragraph or BibTeX. */
  'results.export': engine<{ text: string }>()(v.strictObject({ ids: keptIds, format: v.picklist(exportFormats) })),
  'results.rename': engine<null>()(v.strictObject({ id: name, name: v.pipe(v.string(), v.maxLength(200)) })),
  'results.delete': engine<null>()(v.strictObject({ ids: keptIds })),
  /** Takes deleted ones back, for a day. */
  'results.restore': engine<null>()(v.strictObject({ ids: keptIds }))
} as const
