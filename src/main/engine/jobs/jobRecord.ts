import { createHash } from 'node:crypto'
import type { OpenDatasetRequest } from '@shared/dataset'
import { jobKinds, type JobState, type JobStatus } from '@shared/jobs'
import * as v from 'valibot'

/** How the models and data sets of a request were opened, by the ids that the request names them by. */
export interface OpenedFor {
  models: { id: string; name: string; path: string; untrained: number | null }[]
  datasets: { id: string; name: string; request: OpenDatasetRequest }[]
}

/** A job of the queue with all it takes to run it again in another process. */
export interface JobRecord extends JobStatus {
  call: string
  input: Readonly<Record<string, unknown>>
  opened: OpenedFor
}

/** What never changes of a job, and what progress is not sent with. */
export type KeptFields = 'call' | 'input' | 'opened'

const states = [
  'waiting',
  'running',
  'paused',
  'done',
  'failed',
  'cancelled',
  'interrupted'
] as const satisfies readonly JobState[]

const named = v.optional(v.object({ id: v.string(), name: v.string() }))
const settings = v.record(v.string(), v.unknown())

/** Whoever opens the data checks the rest. */
function hasPaths(request: unknown): boolean {
  return typeof request === 'object' && request !== null && 'paths' in request && Array.isArray(request.paths)
}

/** What a file of a job has to hold; fields of later versions are left out. */
export const jobRecordSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1)),
  kind: v.picklist(jobKinds),
  title: v.string(),
  subject: v.object({
    model: named,
    dataset: named,
    task: v.optional(v.object({ id: v.string(), title: v.string() }))
  }),
  call: v.string(),
  key: v.string(),
  input: settings,
  opened: v.object({
    models: v.array(
      v.object({ id: v.string(), name: v.string(), path: v.string(), untrained: v.nullable(v.number()) })
    ),
    datasets: v.array(v.object({ id: v.string(), name: v.string(), request: v.custom<OpenDatasetRequest>(hasPaths) }))
  }),
  queued: v.literal(true),
  rank: v.number(),
  state: v.picklist(states),
  done: v.number(),
  total: v.number(),
  message: v.string(),
  createdAt: v.number(),
  startedAt: v.nullable(v.number()),
  secondsLeft: v.nullable(v.number()),
  error: v.optional(v.string()),
  resultId: v.optional(v.string())
})

/** Hash of a call and its input, whatever the order of its fields. @returns 32 hexadecimal digits */
export function jobKey(call: string, input: Readonly<Record<string, unknown>>): string {
  return createHash('sha256')
    .update(JSON.stringify([call, input], sortedFields))
    .digest('hex')
    .slice(0, 32)
}

function sortedFields(_key: string, value: unknown): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
