import type { RandomFile } from './randomFile'

const windowBytes = 1 << 16

/** Reads a part of a file from front to back, a window at a time. Numbers are little-endian. */
export class ByteCursor {
  private window: Buffer = Buffer.alloc(0)
  private windowAt = 0

  /**
   * @param position where it begins, in the file
   * @param end where the part ends
   * @param cut makes the error for a part that ends too early
   */
  constructor(
    private readonly file: RandomFile,
    public position: number,
    readonly end: number,
    private readonly cut: () => Error
  ) {}

  byte(): number {
    return this.take(1).readUInt8()
  }

  /** The next bytes; valid until more are taken. */
  take(length: number): Buffer {
    if (length > this.end - this.position) throw this.cut()
    let at = this.position - this.windowAt
    if (at < 0 || at + length > this.window.length) {
      this.window = this.file.bytes(
        this.position,
        Math.min(Math.max(length, windowBytes), this.end - this.position),
        'pickle'
      )
      this.windowAt = this.position
      at = 0
    }
    this.position += length
    return this.window.subarray(at, at + length)
  }

  /** Up to the next newline, which is taken too; at most `longest` characters. */
  line(longest: number): string {
    const characters: number[] = []
    for (let byte = this.byte(); byte !== 10; byte = this.byte()) {
      if (characters.length >= longest) throw this.cut()
      characters.push(byte)
    }
    return Buffer.from(characters).toString('utf8')
  }
}
