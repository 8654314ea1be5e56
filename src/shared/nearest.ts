/** The name that was probably meant: the one at the smallest edit distance; null if none is close. */
export function nearest(typed: string, names: readonly string[]): string | null {
  const most = Math.max(1, Math.floor(typed.replace(/^-+/, '').length / 3))
  const ranked = names
    .map((name) => ({ name, distance: editDistance(typed, name) }))
    .filter(({ distance }) => distance <= most)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.name ?? null
}

/** Longer texts, which may come from a file, are not names and only near themselves. */
const longestName = 60

/**
 * Edit distance: letters inserted, deleted, replaced or swapped with a neighbour (optimal string alignment). Of texts
 * that are too long for names it is the length of the longer one.
 */
export function editDistance(a: string, b: string): number {
  if (a === b) return 0
  if (Math.max(a.length, b.length) > longestName) return Math.max(a.length, b.length)
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)])
  rows[0] = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      let least = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, replaced)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1)
      rows[i]![j] = least
    }
  }
  return rows[a.length]![b.length]!
}
