import * as v from 'valibot'
import { count, name } from '../fields'
import type { JobStatus } from '../jobs'
import { engine, nothing } from './call'

/** Calls about long work; see jobs.ts. */
export const jobCalls = {
  /**
   * Jobs that wait, run or were interrupted, and recently finished ones, by place; and problems with their files.
   */
  'job.list': engine<{ jobs: JobStatus[]; notes: string[] }>()(nothing),
  'job.cancel': engine<null>()(v.strictObject({ jobId: name })),
  /** A running job of the queue stops at its next step, keeps its memory and lets the next one start. */
  'job.pause': engine<null>()(v.strictObject({ jobId: name })),
  /** Continues what is paused or was interrupted; starts what has failed again. */
  'job.resume': engine<null>()(v.strictObject({ jobId: name })),
  /** Moves a waiting job to a place among those that wait, counted from 0. */
  'job.move': engine<null>()(v.strictObject({ jobId: name, place: count })),
  /** Removes a job that has ended or was interrupted from the list. */
  'job.forget': engine<null>()(v.strictObject({ jobId: name }))
} as const
