import { createHash, randomUUID } from 'node:crypto'
import type { Compute, ResultStamp } from '@shared/results'

/**
 * The id and time of a result about to be kept. Two processes that run the same request at once give their results one
 * id, so the folder of the second finds its name taken.
 * @param of what gives the result's bits; null for a run that is kept beside an equal one
 */
export function newIdentity(of: { key: string; compute: Compute } | null): Pick<ResultStamp, 'id' | 'createdAt'> {
  const id = of
    ? `k-${createHash('sha256')
        .update(JSON.stringify([of.key, of.compute]))
        .digest('hex')
        .slice(0, 24)}`
    : `${Date.now().toString(36)}-${randomUUID().slice(0, 8)}`
  return { id, createdAt: new Date().toISOString() }
}
