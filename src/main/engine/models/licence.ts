import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Titles that licence files begin with, and the identifiers of SPDX for them. */
const titles: readonly [RegExp, string][] = [
  [/Apache License\s+Version 2\.0/i, 'apache-2.0'],
  [/MIT License/i, 'mit'],
  [/BSD 3-Clause/i, 'bsd-3-clause'],
  [/GNU GENERAL PUBLIC LICENSE\s+Version 3/i, 'gpl-3.0']
]

/**
 * A checkpoint's licence: the field `license` that heads its README.md, otherwise the title of its licence file; null
 * where neither says.
 */
export function licenceOf(folder: string): string | null {
  const head = beginningOf(join(folder, 'README.md'))?.match(/^---\r?\n([\s\S]*?)\r?\n---/)?.[1]
  const field = head?.match(/^license(?:_name)?:\s*['"]?([\w.+-]+)['"]?\s*$/m)?.[1]
  if (field) return field
  for (const file of ['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'LICENCE']) {
    const text = beginningOf(join(folder, file))
    const matching = text && titles.find(([title]) => title.test(text))
    if (matching) return matching[1]
  }
  return null
}

function beginningOf(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8').slice(0, 10_000) : null
}
