import { UserError } from '@shared/userError'
import type { Executor } from '../runs/executor'
import { command } from './command'
import { local } from './local'
import { slurm } from './slurm'

/** Every place where runs can be done: a file and a line each. */
export const executors: Readonly<Record<string, Executor>> = { local, slurm, command }

/** @throws UserError for a plan of a version that has more */
export function executorOf(on: string): Executor {
  const executor = Object.hasOwn(executors, on) ? executors[on] : undefined
  if (executor) return executor
  throw new UserError(`This version cannot run on '${on}'; it can on ${Object.keys(executors).join(', ')}.`)
}
