/**
 * Words and their numbers, in the order they were added. The words lie one after another as UTF-8 in one array and are
 * found by a hash table of their numbers: some 20 bytes a word besides its letters, where a `Map` of strings takes five
 * times as much.
 */
export class WordIndex {
  private letters = new Uint8Array(1 << 16)
  /** Where word i begins; one more entry than there are words. */
  private starts = new Uint32Array(1 << 12)
  /** Number of a word + 1, 0 where free; open addressing, at most half full. */
  private slots = new Int32Array(1 << 13)
  private count = 0

  get size(): number {
    return this.count
  }

  /** Bytes it takes for a number of words of usual length. */
  static bytesPerWord = 32

  /** Adds the word in `bytes[from .. to)`; false where it is there already. */
  add(bytes: Uint8Array, from: number, to: number): boolean {
    const slot = this.slotOf(bytes, from, to)
    if (this.slots[slot] !== 0) return false
    const start = this.starts[this.count]!
    const end = start + to - from
    if (end > this.letters.length) this.letters = grown(this.letters, Uint8Array, end)
    if (this.count + 2 > this.starts.length) this.starts = grown(this.starts, Uint32Array, this.count + 2)
    this.letters.set(bytes.subarray(from, to), start)
    this.starts[this.count + 1] = end
    this.slots[slot] = ++this.count
    if (this.count * 2 > this.slots.length) this.rehash()
    return true
  }

  /** Number of a word, -1 for one that is not there. */
  find(word: string): number {
    const bytes = Buffer.from(word, 'utf8')
    return this.slots[this.slotOf(bytes, 0, bytes.length)]! - 1
  }

  word(number: number): string {
    return Buffer.from(this.letters.subarray(this.starts[number], this.starts[number + 1])).toString('utf8')
  }

  /** The slot the word is in, or the free one where it belongs. */
  private slotOf(bytes: Uint8Array, from: number, to: number): number {
    const mask = this.slots.length - 1
    for (let slot = hashOf(bytes, from, to) & mask; ; slot = (slot + 1) & mask) {
      const number = this.slots[slot]! - 1
      if (number < 0 || this.equals(number, bytes, from, to)) return slot
    }
  }

  private equals(number: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = this.starts[number]!
    if (this.starts[number + 1]! - start !== to - from) return false
    for (let i = from; i < to; i++) if (this.letters[start + i - from] !== bytes[i]) return false
    return true
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2)
    for (let number = 0; number < this.count; number++) {
      this.slots[this.slotOf(this.letters, this.starts[number]!, this.starts[number + 1]!)] = number + 1
    }
  }
}

/** FNV-1a of 32 bits (Fowler, Noll & Vo; RFC 9923), its low bits mixed with the high ones that vary more. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = 0x811c9dc5
  for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193)
  return hash ^ (hash >>> 15)
}

function grown<A extends Uint8Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(
  array: A,
  kind: new (length: number) => A,
  least: number
): A {
  const larger = new kind(Math.max(least, Math.ceil(array.length * 1.5)))
  larger.set(array)
  return larger
}
