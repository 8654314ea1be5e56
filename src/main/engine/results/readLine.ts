import * as v from 'valibot'
import type { ListedResult } from '@shared/results'

/** `record.json`: the line without the id, which the folder's name is. Earlier versions wrote a part of it. */
export type StoredLine = Partial<Omit<ListedResult, 'id'>>

/** JSON has no NaN; it is written as null. */
const number = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? NaN)
)
const named = v.looseObject({ id: v.string(), name: v.string() })

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
  parent: v.optional(v.string()),
  subject: v.optional(
    v.looseObject({
      model: named,
      data: v.looseObject({ id: v.string(), name: v.string(), parts: v.string() }),
      task: v.optional(v.looseObject({ id: v.string(), title: v.string() }))
    })
  ),
  summary: v.optional(
    v.looseObject({
      method: v.string(),
      score: v.nullable(v.looseObject({ measure: v.string(), value: number, layer: v.nullable(v.number()) })),
      curve: v.array(v.looseObject({ layer: v.number(), value: number })),
      majority: v.nullable(v.number()),
      items: v.nullable(v.number()),
      backend: v.string(),
      seconds: number
    })
  ),
  compute: v.optional(v.nullable(v.looseObject({ backend: v.string(), version: v.string(), layerscope: v.string() })))
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
