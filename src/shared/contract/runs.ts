import * as v from 'valibot'
import { name, path } from '../fields'
import type { RunEntry, RunReport } from '../runFolders'
import { engine, nothing } from './call'

/** The folder of a run; it is answered only for runs that a command on that machine has started or looked at. */
const run = v.strictObject({ path })

/** Runs on many machines. Their plans say which programs are started, so that a window cannot name others. */
export const runCalls = {
  'runs.list': engine<RunEntry[]>()(nothing),
  'runs.read': engine<RunReport>()(run),
  /** The end of what a unit's last try wrote. */
  'runs.log': engine<{ path: string; text: string }>()(v.strictObject({ path, key: name })),
  /** Ends its tasks. */
  'runs.cancel': engine<null>()(run),
  /** Starts what is missing, and follows it as long as this engine runs; `failed`: also what was given up. */
  'runs.resume': engine<null>()(v.strictObject({ path, failed: v.boolean() })),
  /** Puts what is kept into the library. */
  'runs.collect': engine<{ added: number; there: number }>()(run),
  /** Takes it from the list; its folder stays. */
  'runs.forget': engine<null>()(run)
} as const
