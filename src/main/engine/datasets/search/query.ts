/** One condition of a search. */
export type Term =
  /** Occurs in the text, as part of words or (`whole`) as whole words. */
  | { kind: 'text'; text: string; whole: boolean }
  /** `key:value`, `key:one|other`, `-key:value`; values may begin or end with `*`. */
  | { kind: 'field'; key: string; values: string[]; negated: boolean }

const token = /(-?)([^\s:"]+):(?:"([^"]*)"?|([^\s"]\S*))|"([^"]*)"?|(\S+)/gu

/**
 * Takes a search apart. What looks like `key:value` but has no known key, such as an address, is searched for as text.
 * @param isField whether a key names a field of the data set
 */
export function parseQuery(query: string, isField: (key: string) => boolean): Term[] {
  const terms: Term[] = []
  for (const found of query.matchAll(token)) {
    const [whole, minus, key, quoted, bare, phrase, word] = found
    if (key !== undefined && isField(key)) {
      const values = quoted === undefined ? (bare ?? '').split('|') : [quoted]
      terms.push({ kind: 'field', key, values, negated: minus === '-' })
    } else if (phrase !== undefined) {
      if (phrase.trim() !== '') terms.push({ kind: 'text', text: phrase.trim(), whole: true })
    } else {
      terms.push({ kind: 'text', text: word ?? whole, whole: false })
    }
  }
  return terms
}

/** A test for one value with `*` at either end matching anything. Both sides are folded beforehand. */
export function valueTest(pattern: string): (value: string) => boolean {
  const open = pattern.length > 1 && pattern.startsWith('*')
  const close = pattern.length > 1 && pattern.endsWith('*')
  const core = pattern.slice(open ? 1 : 0, close ? -1 : undefined)
  if (pattern === '*') return () => true
  if (open && close) return (value) => value.includes(core)
  if (open) return (value) => value.endsWith(core)
  if (close) return (value) => value.startsWith(core)
  return (value) => value === core
}
