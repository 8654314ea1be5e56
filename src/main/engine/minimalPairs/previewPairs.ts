import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { PairPreview } from '@shared/minimalPairs'
import { isUserError } from '@shared/userError'
import { clozeLayout } from './clozeItems'
import { findColumns, type PairColumns } from './pairColumns'
import { isPairFile, readPairs, readRows } from './readPairs'

const shown = 5

/**
 * How a file or folder of pairs would be read with these columns. @throws UserError if there is no such file, or it
 * is not a table
 */
export async function previewPairs(path: string, columns: PairColumns): Promise<PairPreview> {
  let names: readonly string[] = []
  const file = firstFile(path)
  if (file !== null)
    await readRows(
      file,
      (columns) => (names = columns),
      () => undefined
    )
  const { good, bad, paradigm } = clozeLayout(names)
    ? { good: null, bad: null, paradigm: null }
    : findColumns(names, columns)
  const preview = { columns: [...names], found: { good, bad, paradigm } }
  try {
    const pairs = await readPairs(path, columns)
    const paradigms = new Map<string, { phenomenon: string | null; pairs: number }>()
    for (const { paradigm: name, phenomenon } of pairs) {
      const entry = paradigms.get(name) ?? { phenomenon: phenomenon ?? null, pairs: 0 }
      entry.pairs++
      paradigms.set(name, entry)
    }
    return {
      ...preview,
      paradigms: [...paradigms].map(([name, rest]) => ({ name, ...rest })),
      examples: pairs.slice(0, shown).map((pair) => ({ good: pair.good, bad: pair.bad })),
      pairs: pairs.length,
      problem: null
    }
  } catch (error) {
    // A table whose columns are not found by themselves is shown, so that they can be chosen.
    if (!isUserError(error) || names.length === 0) throw error
    return { ...preview, paradigms: [], examples: [], pairs: 0, problem: error.message }
  }
}

function firstFile(path: string): string | null {
  if (!existsSync(path) || !statSync(path).isDirectory()) return existsSync(path) ? path : null
  const name = readdirSync(path).filter(isPairFile).sort()[0]
  return name === undefined ? null : join(path, name)
}
