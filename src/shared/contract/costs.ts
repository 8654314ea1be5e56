import * as v from 'valibot'
import type { Cost } from '../cost'
import { jobId, name } from '../fields'
import { engine } from './call'

/** What work takes on this machine. */
export const costCalls = {
  /**
   * The cost of a call that extracts or is answered with a result, before it is made; null where nothing predicts it.
   * `input` is the call's own, without a job.
   */
  'cost.estimate': engine<Cost | null>()(v.strictObject({ call: name, input: v.record(v.string(), v.unknown()) })),
  /** Measures, once, how long work takes on this machine, by short runs over a part of the data; keeps the numbers. */
  'cost.calibrate': engine<null>()(v.strictObject({ modelId: name, datasetId: name, split: name, jobId }))
} as const
