import { isFiniteNumber } from './columnValues'
import type { Place } from './readers/refuse'

/**
 * V8 keeps a substring as a view of the string it was cut from, so one stored word would hold the whole block of the
 * file it came from in memory. A round trip through bytes makes an independent string; shorter ones are copied by V8
 * anyway.
 */
export function detach(text: string): string {
  return text.length < 13 ? text : Buffer.from(text, 'utf8').toString('utf8')
}

/** Every different string once; its position is its id. */
export class StringTable {
  readonly strings: string[] = []
  /** Where strings that are not plain numbers first occur, so that errors can name odd values. */
  readonly places = new Map<number, Place>()
  private readonly ids = new Map<string, number>()

  get size(): number {
    return this.strings.length
  }

  /** The id of a string, assigned when it first occurs. */
  add(text: string, place?: Place): number {
    const known = this.ids.get(text)
    if (known !== undefined) return known
    const detached = detach(text)
    const id = this.strings.length
    if (place && !isFiniteNumber(detached)) this.places.set(id, place)
    this.strings.push(detached)
    this.ids.set(detached, id)
    return id
  }

  /** The string of an id; an id that was never assigned is a defect. */
  at(id: number): string {
    const text = this.strings[id]
    if (text === undefined) throw new Error(`No string has the id ${id}.`)
    return text
  }
}

/** A growing list of 32-bit integers. */
export class Int32List {
  private values = new Int32Array(1024)
  length = 0

  push(value: number): void {
    if (this.length === this.values.length) {
      const larger = new Int32Array(this.values.length * 2)
      larger.set(this.values)
      this.values = larger
    }
    this.values[this.length++] = value
  }

  /** The values from `start` on, without copying; valid until the next push. */
  view(start = 0): Int32Array {
    return this.values.subarray(start, this.length)
  }

  /** The values so far, in memory of exactly their size. */
  toArray(): Int32Array {
    return this.values.slice(0, this.length)
  }
}

/** One value a word, or one a sentence, as ids of a table; -1 where there is none. */
export class ColumnBuilder {
  readonly ids = new Int32List()
  /** @param isKept whether the value now added belongs to a sentence that is kept */
  constructor(
    private readonly table: StringTable,
    private readonly isKept: () => boolean = () => true
  ) {}

  add(value: string | null, place?: Place): void {
    if (!this.isKept()) return
    this.ids.push(value === null ? -1 : this.table.add(value, place))
  }
}
