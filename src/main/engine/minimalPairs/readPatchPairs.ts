import { basename } from 'node:path'
import { refuse } from '../datasets/readers/refuse'
import { readRows } from './readPairs'

/** A row of a file of sentences to patch or to divide; columns that a file lacks are null. */
export interface PatchRow {
  text: string
  source: string | null
  first: string | null
  second: string | null
  place: number | null
}

/**
 * Reads a table with a header or JSON Lines with the columns text, source, first, second and place (a number, in JSON
 * as a string).
 * @param needed columns that must be there
 * @throws UserError naming file, line and column
 */
export async function readPatchPairs(path: string, needed: readonly (keyof PatchRow)[]): Promise<PatchRow[]> {
  const file = basename(path)
  const rows: PatchRow[] = []
  await readRows(
    path,
    (names, line) => {
      const missing = needed.filter((name) => !names.includes(name))
      if (missing.length)
        refuse({ file, line }, `there is no column '${missing.join("', '")}'; the columns are ${names.join(', ')}.`)
    },
    (value, line) => {
      const filled = (name: keyof PatchRow): string | null => value(name).trim() || null
      const empty = needed.find((name) => filled(name) === null)
      if (empty) refuse({ file, line }, `the column '${empty}' is empty.`)
      const place = filled('place')
      if (place !== null && !/^\d+$/.test(place)) refuse({ file, line }, `the place is '${place}', not a whole number.`)
      rows.push({
        text: filled('text')!,
        source: filled('source'),
        first: filled('first'),
        second: filled('second'),
        place: place === null ? null : Number(place)
      })
    }
  )
  if (rows.length === 0) refuse({ file }, 'it has no sentences.')
  return rows
}
