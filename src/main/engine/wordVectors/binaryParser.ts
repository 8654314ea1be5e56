import { quoted } from '@shared/userError'
import { refuse } from '../datasets/readers/refuse'
import type { TakeVector } from './textParser'

/** word2vec itself allows words of 100 bytes; a longer one is damage. */
const longestWord = 4096

/**
 * word2vec's binary form: a word, a space, its numbers as little-endian float32, and, in files of the original program,
 * a line end (Mikolov et al. 2013; word2vec.c, function TrainModel).
 */
export class BinaryParser {
  private readonly vector: Float32Array
  private readonly vectorBytes: Uint8Array
  private rest: Buffer = Buffer.alloc(0)
  private skip: number
  private words = 0

  constructor(
    private readonly file: string,
    width: number,
    headerBytes: number,
    private readonly announced: number,
    private readonly take: TakeVector
  ) {
    this.vector = new Float32Array(width)
    this.vectorBytes = new Uint8Array(this.vector.buffer)
    this.skip = headerBytes
  }

  /** False once nothing more is wanted. @throws UserError for what is not a word or not a number */
  write(block: Buffer): boolean {
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, block]) : block
    if (this.skip > 0) {
      const skipped = Math.min(this.skip, bytes.length)
      this.skip -= skipped
      bytes = bytes.subarray(skipped)
    }
    let start = 0
    while (this.words < this.announced) {
      let from = start
      while (bytes[from] === 0x0a || bytes[from] === 0x0d) from++
      const to = bytes.indexOf(0x20, from)
      if (to < 0 ? bytes.length - from > longestWord : to - from > longestWord)
        refuse(
          { file: this.file },
          `there is no word where word ${(this.words + 1).toLocaleString('en-US')} is expected; the file is ` +
            'damaged, so copy or download it again.'
        )
      const end = to + 1 + this.vectorBytes.length
      if (to < 0 || end > bytes.length) break
      this.vectorBytes.set(bytes.subarray(to + 1, end))
      this.words++
      // NaN and the infinities are the values that are not equal to 0 after they are taken from themselves.
      const wrong = this.vector.find((value) => value - value !== 0)
      if (wrong !== undefined)
        refuse(
          { file: this.file },
          `the vector of word ${this.words.toLocaleString('en-US')}, ` +
            `${quoted(bytes.toString('utf8', from, to))}, holds ${wrong}, which is not a number; the file is ` +
            'damaged, so copy or download it again.'
        )
      if (!this.take(bytes, from, to, this.vector)) return false
      start = end
    }
    this.rest = bytes.subarray(start)
    return this.words < this.announced
  }

  end(): void {
    this.rest = Buffer.alloc(0)
  }
}
