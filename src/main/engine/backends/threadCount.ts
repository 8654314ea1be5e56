import { availableParallelism } from 'node:os'
import { UserError } from '@shared/userError'

/** `LAYERSCOPE_THREADS`, or as many as this process may use. */
export function threadCount(): number {
  const setting = process.env.LAYERSCOPE_THREADS
  if (!setting) return availableParallelism()
  const count = Number(setting)
  if (!Number.isInteger(count) || count < 1)
    throw new UserError(`LAYERSCOPE_THREADS is '${setting}'; it must be a whole number above 0.`)
  return count
}
