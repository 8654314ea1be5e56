import * as v from 'valibot'
import type { ListedResult } from '@shared/results'

/** `record.json`: the line without the id, which the folder's name is. Earlier versions wrote a part of it. */
export type StoredLine = Partial<Omit<ListedResult, 'id'>>

const line = v.looseObject({
  kind: v.optional(v.string()),
  key: v.optional(v.nullable(v.string())),
  createdAt: v.optional(
    v.pipe(
      v.string(),
      v.check((time) => !Number.isNaN(Date.parse(time)))
    )
  ),
  name: v.optional(v.string()),
  subject: v.optional(v.looseObject({})),
  summary: v.optional(v.looseObject({}))
})

/**
 * The line that a file holds, as JSON.
 * @throws ValiError for what no version of Layerscope has written
 */
export function readLine(json: unknown): StoredLine {
  return v.parse(line, json) as StoredLine
}

/** Whether the result itself need not be read. */
export function isWhole(stored: StoredLine): stored is Omit<ListedResult, 'id'> {
  const { kind, createdAt, name, summary, subject } = stored
  return [kind, createdAt, name, summary, subject].every((field) => field !== undefined)
}
