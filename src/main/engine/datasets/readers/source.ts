import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { basename } from 'node:path'
import type { Notes } from '../notes'
import { fileHash } from '../../files/fileHash'
import { fileKind, isPickle, kindBytes } from '../../files/fileKind'
import { headOfRows, rowFileKind, rowLines } from '../shards/rowFiles'
import { blockBytes, checkReadable, readBytes } from './bytes'
import { refuse } from './refuse'

/** How names of compressed files end. */
export const compressedName = /\.(?:gz|zst)$/i

/** Takes the lines of a file one after another, without their line ends, and then the end. */
export interface LineParser {
  line(text: string, number: number): void
  end(): void
}

/** The beginning of a file, enough to recognise its format and show what it holds. */
export interface FileHead {
  /** The file's name, without folder. */
  file: string
  /** The same in lower case and without `.gz` or `.zst`, to decide by extension. */
  plainName: string
  lines: string[]
  /** Whether the file is Parquet or Arrow, whose rows `lines` are. */
  ofRows?: boolean
  /** Whether `lines` is the whole file. */
  complete: boolean
}

export interface FeedOptions {
  notes: Notes
  /** A longer line is refused: it is not a line of text, and would have to be held in memory. */
  maxLineBytes: number
  /** Called after each block with the bytes of the file on disk that were read; may reject to stop. */
  onBlock?: (bytesRead: number) => Promise<void>
}

/**
 * Reads a file block by block and hands its lines to a parser. Text may be compressed by gzip or Zstandard; it is
 * UTF-8, LF or CR LF, with or without a byte order mark. The rows of Parquet and Arrow are handed over as JSON Lines.
 * @returns the SHA-256 of the file as stored on disk
 * @throws UserError naming file and line for what is neither: binary, UTF-16, not UTF-8, cut gzip, endless lines
 */
export async function feedLines(path: string, parser: LineParser, options: FeedOptions): Promise<string> {
  const file = basename(path)
  await checkReadable(path)
  const kind = rowFileKind(path)
  if (kind) {
    let number = 0
    for await (const { lines, bytesRead } of rowLines(path, kind)) {
      for (const line of lines) parser.line(line, ++number)
      await options.onBlock?.(bytesRead)
    }
    parser.end()
    // Rows are not read in the order of the file's bytes.
    return fileHash(path, 'sha256')
  }
  const splitter = new LineSplitter(file, parser, options)
  const hash = createHash('sha256')
  let bytesRead = 0
  for await (const block of readBytes(path, (raw) => {
    hash.update(raw)
    bytesRead += raw.length
  })) {
    splitter.write(block)
    await options.onBlock?.(bytesRead)
  }
  splitter.end()
  return hash.digest('hex')
}

/**
 * Reads the beginning of a file: the whole lines among its first `limit` bytes, none if the first is longer.
 * Same errors as `feedLines`.
 */
export async function readHead(path: string, limit: number, notes: Notes): Promise<FileHead> {
  const file = basename(path)
  await checkReadable(path)
  const kind = rowFileKind(path)
  if (kind) return { file, plainName: file.toLowerCase(), ofRows: true, ...(await headOfRows(path, kind, limit)) }
  const lines: string[] = []
  const splitter = new LineSplitter(
    file,
    { line: (text) => void lines.push(text), end: () => undefined },
    { notes, maxLineBytes: limit + blockBytes }
  )
  let complete = true
  let length = 0
  for await (const block of readBytes(path)) {
    const remaining = limit - length
    if (block.length > remaining) {
      splitter.write(block.subarray(0, remaining))
      complete = false
      break
    }
    splitter.write(block)
    length += block.length
  }
  if (complete) splitter.end()
  return { file, plainName: plainName(file), lines, complete }
}

/** A file's name in lower case, without what says how it is compressed. */
export function plainName(file: string): string {
  return file.toLowerCase().replace(compressedName, '')
}

/** A copy with LF in place of every CR. */
function withLineFeeds(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let at = copy.indexOf(0x0d); at !== -1; at = copy.indexOf(0x0d, at + 1)) copy[at] = 0x0a
  return copy
}

/** Cuts blocks of bytes into lines and checks that they are text. */
class LineSplitter {
  private rest: Buffer = Buffer.alloc(0)
  private number = 0
  private first = true
  /** Lines end in CR alone, as saved by old Mac programs. */
  private macLines = false

  constructor(
    private readonly file: string,
    private readonly parser: LineParser,
    private readonly options: Pick<FeedOptions, 'notes' | 'maxLineBytes'>
  ) {}

  write(block: Buffer): void {
    const normalised = this.macLines ? withLineFeeds(block) : block
    let bytes = this.rest.length > 0 ? Buffer.concat([this.rest, normalised]) : normalised
    if (this.first) {
      if (bytes.length < 3) {
        this.rest = bytes
        return
      }
      bytes = this.begin(bytes)
    }
    // 0x0A is never part of a longer UTF-8 sequence, so what ends in a line end can be decoded on its own.
    const end = bytes.lastIndexOf(0x0a) + 1
    this.rest = bytes.subarray(end)
    if (end > 0) this.emit(bytes.subarray(0, end))
    if (this.rest.length > this.options.maxLineBytes) this.refuseLongLine(this.number + 1)
  }

  end(): void {
    if (this.first) this.rest = this.begin(this.rest)
    if (this.number === 0 && this.rest.length === 0) refuse({ file: this.file }, 'the file is empty.')
    if (this.rest.length > 0) {
      this.options.notes.add('noFinalNewline', this.file)
      this.emit(Buffer.concat([this.rest, Buffer.from('\n')]))
    }
    this.parser.end()
  }

  private begin(bytes: Buffer): Buffer {
    this.first = false
    if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)) {
      refuse({ file: this.file }, 'the file is in UTF-16; save it as UTF-8 and open it again.')
    }
    const kind = fileKind(bytes.subarray(0, kindBytes))
    if (kind) refuse({ file: this.file }, `this is ${kind}.`)
    if (isPickle(bytes))
      refuse({ file: this.file }, 'this is a pickle of Python; save it as CSV or JSON Lines (to_csv, to_json).')
    this.refuseZeroBytes(bytes)
    const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    if (hasMark) this.options.notes.add('byteOrderMark', this.file)
    const text = hasMark ? bytes.subarray(3) : bytes
    const end = text.indexOf(0x0d)
    // The last byte of a block may be the CR of a CR LF.
    this.macLines = end !== -1 && end < text.length - 1 && !text.includes(0x0a)
    if (!this.macLines) return text
    this.options.notes.add('macLineEnd', this.file)
    return withLineFeeds(text)
  }

  private emit(bytes: Buffer): void {
    const { notes, maxLineBytes } = this.options
    this.refuseZeroBytes(bytes)
    if (!isUtf8(bytes)) this.refuseEncoding(bytes)
    const text = bytes.toString('utf8')
    let start = 0
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', start)) {
      this.number++
      let stop = end
      if (stop > start && text.charCodeAt(stop - 1) === 13) {
        notes.add('carriageReturn', this.file, this.number)
        stop--
      }
      if (stop - start > maxLineBytes) this.refuseLongLine(this.number)
      this.parser.line(text.slice(start, stop), this.number)
      start = end + 1
    }
  }

  private refuseZeroBytes(bytes: Buffer): void {
    if (bytes.includes(0)) refuse({ file: this.file }, 'this is not a text file: it contains NUL bytes.')
  }

  private refuseLongLine(line: number): never {
    refuse(
      { file: this.file, line },
      `the line is longer than ${this.options.maxLineBytes.toLocaleString('en-US')} bytes; check that the lines ` +
        'end in LF or CR LF and that the format is the right one.'
    )
  }

  private refuseEncoding(bytes: Buffer): never {
    let line = this.number
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(0x0a, start) + 1
      line++
      if (!isUtf8(bytes.subarray(start, end))) break
      start = end
    }
    refuse({ file: this.file, line }, 'the text is not UTF-8; save the file as UTF-8 and open it again.')
  }
}
