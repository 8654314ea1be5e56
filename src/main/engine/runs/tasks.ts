/** Seconds counted for a unit that nothing estimates. */
const unknownSeconds = 60

/** What decides which units share a task. */
interface Sized {
  /** Units of different groups share nothing: another model, or other data. */
  group: string
  seconds: number | null
}

/**
 * Divides units into tasks: units of one model and data set follow one another, as they share a start and word vectors,
 * until the task would take longer than `seconds`; a task is shorter where there would be fewer tasks than machines.
 * @returns the number of the task of each unit, from 0
 */
export function divide(units: readonly Sized[], seconds: number, machines: number): number[] {
  const lengthOf = (unit: Sized): number => unit.seconds ?? unknownSeconds
  const total = units.reduce((sum, unit) => sum + lengthOf(unit), 0)
  const most = Math.min(seconds, total / machines)
  let [task, filled] = [-1, 0]
  return units.map((unit, i) => {
    const length = lengthOf(unit)
    if (i === 0 || units[i - 1]!.group !== unit.group || filled + length > most) [task, filled] = [task + 1, 0]
    filled += length
    return task
  })
}
