import { quoted } from '@shared/userError'
import { refuse } from '../datasets/readers/refuse'
import { DecimalReader } from './decimal'

/**
 * Takes a word, as UTF-8 in `bytes[from .. to)`, and its vector, which is used again for the next. False ends the
 * reading.
 */
export type TakeVector = (bytes: Uint8Array, from: number, to: number, vector: Float32Array) => boolean

const lineEnd = 0x0a
const isBlank = (byte: number | undefined): boolean => byte === 0x20 || byte === 0x09

/** A longer line is none of a file of vectors, and would have to be held in memory. */
const longestLine = 1 << 24

/**
 * Lines of a word and its numbers. A word may hold spaces (GloVe's 840B has such): the last `width` fields are the
 * vector.
 */
export class TextParser {
  private readonly decimal = new DecimalReader()
  private readonly vector: Float32Array
  private rest: Buffer = Buffer.alloc(0)
  private skip: number
  private line: number

  /** @param headerBytes of a first line that is not a vector */
  constructor(
    private readonly file: string,
    private readonly width: number,
    headerBytes: number,
    private readonly take: TakeVector
  ) {
    this.vector = new Float32Array(width)
    this.skip = headerBytes
    this.line = headerBytes > 0 ? 1 : 0
  }

  /** False once nothing more is wanted. @throws UserError naming the line that is not a vector */
  write(block: Buffer): boolean {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, block]) : block
    if (this.skip > 0) {
      const skipped = Math.min(this.skip, bytes.length)
      this.skip -= skipped
      bytes = bytes.subarray(skipped)
    }
    let start = 0
    for (let end = bytes.indexOf(lineEnd); end !== -1; end = bytes.indexOf(lineEnd, start)) {
      if (!this.readLine(bytes, start, end)) return false
      start = end + 1
    }
    this.rest = bytes.subarray(start)
    if (this.rest.length > longestLine)
      refuse(
        { file: this.file, line: this.line + 1 },
        `the line is longer than ${longestLine.toLocaleString('en-US')} bytes, which no vector is.`
      )
    return true
  }

  end(): void {
    if (this.rest.length > 0) this.readLine(this.rest, 0, this.rest.length)
    this.rest = Buffer.alloc(0)
  }

  private readLine(bytes: Buffer, start: number, lineEnds: number): boolean {
    this.line++
    let end = lineEnds
    while (end > start && (isBlank(bytes[end - 1]) || bytes[end - 1] === 0x0d)) end--
    if (end === start) return true
    const wordEnd = this.plainVector(bytes, start, end) ?? this.vectorFromBehind(bytes, start, end)
    return this.take(bytes, start, wordEnd, this.vector)
  }

  /**
   * The usual line: a word without blanks, then exactly the numbers. Returns where the word ends, null for any other
   * line.
   */
  private plainVector(bytes: Buffer, start: number, end: number): number | null {
    let at = start
    while (at < end && !isBlank(bytes[at])) at++
    const wordEnd = at
    if (wordEnd === start) return null
    for (let i = 0; i < this.width; i++) {
      while (isBlank(bytes[at])) at++
      const value = this.decimal.read(bytes, at, end)
      if (!Number.isFinite(Math.fround(value))) return null
      at = this.decimal.end
      if (at < end && !isBlank(bytes[at])) return null
      this.vector[i] = value
    }
    return at === end ? wordEnd : null
  }

  /** The numbers counted from the end of the line; the word is what precedes them. */
  private vectorFromBehind(bytes: Buffer, start: number, end: number): number {
    let at = end
    for (let i = this.width - 1; i >= 0; i--) {
      while (at > start && isBlank(bytes[at - 1])) at--
      const fieldEnd = at
      while (at > start && !isBlank(bytes[at - 1])) at--
      if (at === start) this.refuseShort(bytes, start, end)
      const value = this.decimal.read(bytes, at, fieldEnd)
      if (!Number.isFinite(Math.fround(value)) || this.decimal.end !== fieldEnd)
        this.refuseField(bytes, start, end, at, fieldEnd)
      this.vector[i] = value
    }
    return at - 1
  }

  private refuseField(bytes: Buffer, start: number, end: number, from: number, to: number): never {
    if (bytes.toString('utf8', start, end).split(/[ \t]+/).length - 1 < this.width) this.refuseShort(bytes, start, end)
    refuse(
      { file: this.file, line: this.line },
      `${quoted(bytes.toString('utf8', from, to))} where a number of the vector is expected.`
    )
  }

  private refuseShort(bytes: Buffer, start: number, end: number): never {
    const found = bytes.toString('latin1', start, end).split(/[ \t]+/).length - 1
    refuse(
      { file: this.file, line: this.line },
      `${found.toLocaleString('en-US')} ${found === 1 ? 'number' : 'numbers'} where the vectors of this file ` +
        `have ${this.width.toLocaleString('en-US')}; the line is damaged or the file was cut off.`
    )
  }
}
