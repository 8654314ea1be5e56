/** The heads with the largest values, most first; layers are counted from 1, heads from 0. */
export function mostChanged(
  values: ArrayLike<number>,
  heads: number,
  count: number
): { layer: number; head: number; value: number }[] {
  return Array.from(values, (value, i) => ({ layer: Math.floor(i / heads) + 1, head: i % heads, value }))
    .sort((a, b) => b.value - a.value)
    .slice(0, count)
}
