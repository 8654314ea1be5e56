/** How multiword tokens (`3-4`) and empty nodes (`3.1`) are numbered. */
export const rangeOrDecimal = /^\d+[-.]\d+$/

/** What the values of one column look like, empty ones and `_` aside. */
export interface ColumnStatistics {
  /** Rows in all. */
  rows: number
  filled: number
  distinct: number
  /** The first few different values. */
  examples: string[]
  meanLength: number
  /** Share of the filled values with a space inside. */
  spaceShare: number
  /** Share of the filled values that are numbers. */
  numberShare: number
  /** Share of the filled values that are numbers with decimals. */
  fractionShare: number
  /** Share of the rows whose value is `-`, which many formats write for a missing value. */
  dashShare: number
  /** Share of the rows whose value is that of the row above. */
  repeatShare: number
  /** Share of the rows whose value is one more than that of the row above; ranges and decimals aside. */
  stepShare: number
  /** Share of the other rows whose value is 0 or 1, where a count begins. */
  restartShare: number
}

export function columnStatistics(values: readonly string[]): ColumnStatistics {
  const seen = new Set<string>()
  let filled = 0
  let length = 0
  let spaces = 0
  let numbers = 0
  let fractions = 0
  let dashes = 0
  let repeats = 0
  let steps = 0
  let restarts = 0
  let countable = 0
  let previous = NaN
  values.forEach((value, index) => {
    const asNumber = value.trim() === '' ? NaN : Number(value)
    if (!rangeOrDecimal.test(value)) {
      countable++
      if (asNumber === previous + 1) steps++
      else if (asNumber === 0 || asNumber === 1) restarts++
      previous = asNumber
    }
    if (index > 0 && value === values[index - 1]) repeats++
    if (value === '-') dashes++
    if (value === '' || value === '_') return
    filled++
    seen.add(value)
    length += value.length
    if (value.includes(' ')) spaces++
    if (!Number.isNaN(asNumber)) numbers++
    if (Number.isFinite(asNumber) && !Number.isInteger(asNumber)) fractions++
  })
  const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole)
  return {
    rows: values.length,
    filled,
    distinct: seen.size,
    examples: [...seen].slice(0, 5),
    meanLength: share(length, filled),
    spaceShare: share(spaces, filled),
    numberShare: share(numbers, filled),
    fractionShare: share(fractions, filled),
    dashShare: share(dashes, values.length),
    repeatShare: share(repeats, values.length),
    stepShare: share(steps, countable),
    restartShare: share(restarts, countable)
  }
}
