/** Numbers as schedulers write them: [0, 1, 2, 5] is '0-2,5'. @param numbers ascending */
export function rangesOf(numbers: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(',')
}

/** Numbers by the block of `size` that they are in: what an array can hold, by its offset. */
export function blocksOf(numbers: readonly number[], size: number): Map<number, number[]> {
  const blocks = new Map<number, number[]>()
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const offset = number - (number % size)
    blocks.set(offset, [...(blocks.get(offset) ?? []), number - offset])
  }
  return blocks
}
