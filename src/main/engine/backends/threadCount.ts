import { availableParallelism } from 'node:os'
import { UserError } from '@shared/userError'

/** `LAYERSCOPE_THREADS`, or as many as this process may use. */
export function threadCount(): number {
  const asked = process.env.LAYERSCOPE_THREADS
  if (!asked) return availableParallelism()
  const count = Number(asked)
  if (!Number.isInteger(count) || count < 1)
    throw new UserError(`LAYERSCOPE_THREADS is '${asked}'; a whole number above 0 is needed.`)
  return count
}
