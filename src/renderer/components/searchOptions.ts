/** One choice of a select. */
export interface Option<V extends string = string> {
  value: V
  title: string
  /** A second, quieter line. */
  hint?: string
  /** Options with the same group are listed together under its name. */
  group?: string
  disabled?: boolean
}

/** More options than this are searched rather than read through. */
export const searchFrom = 30

/** The options whose title holds every word of the query, those that begin with it first. */
export function matchingOptions<V extends string>(
  options: readonly Option<V>[],
  query: string,
  byName: boolean
): Option<V>[] {
  const parts = query.toLowerCase().split(/\s+/).filter(Boolean)
  const found = options.filter(({ title }) => parts.every((part) => title.toLowerCase().includes(part)))
  if (byName) found.sort((a, b) => a.title.localeCompare(b.title, 'en', { numeric: true }))
  if (!parts.length) return found
  const begins = ({ title }: Option<V>): number => Number(!title.toLowerCase().startsWith(query.trim().toLowerCase()))
  return found.sort((a, b) => begins(a) - begins(b))
}
