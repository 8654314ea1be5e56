import { basename } from 'node:path'
import { beginningOf } from '../../files/fileKind'
import { refuse } from '../readers/refuse'
import { arrow } from './arrow'
import { parquet } from './parquet'
import type { RowFileKind } from './rowFile'
import { rowText } from './rowText'

/** Every kind of binary file of rows that can be read. */
export const rowFileKinds: readonly RowFileKind[] = [parquet, arrow]

/** The kind of a binary file of rows, by its first bytes; null for a text file. */
export function rowFileKind(path: string): RowFileKind | null {
  const start = beginningOf(path)
  return rowFileKinds.find(({ begins }) => begins(start)) ?? null
}

/** Rows of a file as lines of JSON Lines, some at a time. */
export interface RowLines {
  lines: string[]
  bytesRead: number
}

/**
 * The rows of a file, each as a line of JSON Lines: what reads those reads Parquet and Arrow.
 * @throws UserError for a damaged file, and for one without rows
 */
export async function* rowLines(path: string, kind: RowFileKind): AsyncGenerator<RowLines> {
  let empty = true
  for await (const { rows, classNames, bytesRead } of kind.blocks(path)) {
    empty &&= rows.length === 0
    yield { lines: rows.map((row) => rowText(row, classNames)), bytesRead }
  }
  if (empty) refuse({ file: basename(path) }, 'the file has no rows.')
}

/** The first rows of a file, as lines of `limit` characters together, and whether these are all. */
export async function headOfRows(
  path: string,
  kind: RowFileKind,
  limit: number
): Promise<{ lines: string[]; complete: boolean }> {
  const head: string[] = []
  let length = 0
  for await (const { lines } of rowLines(path, kind))
    for (const line of lines) {
      length += line.length
      if (length > limit && head.length > 0) return { lines: head, complete: false }
      head.push(line)
    }
  return { lines: head, complete: true }
}
