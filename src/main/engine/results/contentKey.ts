import { createHash } from 'node:crypto'
import type { DatasetInfo, OpenDatasetRequest } from '@shared/dataset'

/** SHA-256 of plain data, whatever the order of its fields; undefined fields count as missing. */
export function contentKey(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sorted(value)))
    .digest('hex')
}

/** A data set by content: its files and parts, and how their columns were read; where they are does not count. */
export function dataKey({ format, splits }: DatasetInfo, { choice }: OpenDatasetRequest): string {
  return contentKey([
    format,
    splits.map(({ name, fileHash, wordsHash }) => [name, fileHash, wordsHash]),
    choice ?? null
  ])
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)])
  )
}
