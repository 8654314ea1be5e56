import * as v from 'valibot'
import { name } from '../fields'
import type { JobStatus } from '../jobs'
import { engine, nothing } from './call'

/** Long work that runs. */
export const jobCalls = {
  'job.list': engine<JobStatus[]>()(nothing),
  'job.cancel': engine<null>()(v.strictObject({ jobId: name }))
} as const
