import { isUtf8 } from 'node:buffer'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { refuse } from '../datasets/readers/refuse'
import { fileKind, kindBytes } from '../files/fileKind'

/** GloVe has no first line of its own; word2vec's and fastText's says how many words and numbers follow. */
export type VectorFormat = 'glove' | 'word2vecText' | 'word2vecBinary'

export const formatTitles: Readonly<Record<VectorFormat, string>> = {
  glove: 'GloVe text',
  word2vecText: 'word2vec text',
  word2vecBinary: 'word2vec binary'
}

/** What the beginning of a file says about the rest of it. */
export interface VectorHead {
  format: VectorFormat
  /** Numbers of a vector. */
  width: number
  /** Number of words by the first line; null if there is no such line. */
  announced: number | null
  /** Bytes of that line. */
  headerBytes: number
  gzipped: boolean
  /** Mean bytes of a line of the beginning, for an estimate; 0 for binary. */
  lineBytes: number
  /** Size of the file on disk. */
  bytes: number
}

/** Enough for the first lines of vectors of any usual width. */
const headBytes = 1 << 16
/** A list of words with a few counts is not a file of vectors. */
const leastWidthWithoutHeader = 5
const header = /^[ \t]*(\d{1,12})[ \t]+(\d{1,6})[ \t]*\r?\n/
/** What programs write for no number too: such a file is one of vectors, and is refused with its line. */
const number = /^[+-]?(\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?|nan|inf(?:inity)?)$/i
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])
/** fastText's own format, with vectors of subwords: 793712314 as its first four bytes. */
const fastTextMark = Buffer.from([0xba, 0x16, 0x4f, 0x2f])

/**
 * Recognises a file of word vectors by its first bytes, gzipped or not, whatever its name; null for everything else,
 * checkpoints and labelled data among it.
 */
export async function recogniseVectors(path: string): Promise<VectorHead | null> {
  const head = await readHead(path)
  if (!head) return null
  const { bytes, gzipped, start, complete } = head
  const mark = start.subarray(0, 3).equals(byteOrderMark) ? 3 : 0
  const match = header.exec(start.toString('latin1', mark, 64))
  if (match) {
    const width = Number(match[2])
    const headerBytes = mark + match[0].length
    const rest = start.subarray(headerBytes)
    const common = { width, announced: Number(match[1]), headerBytes, gzipped, bytes }
    if (width === 0) return null
    if (rest.length === 0 || isVectorLine(firstLine(rest), width))
      return { ...common, format: 'word2vecText', lineBytes: meanLine(rest) }
    return rest.includes(0x20) && !isUtf8(wholeCharacters(rest))
      ? { ...common, format: 'word2vecBinary', lineBytes: 0 }
      : null
  }
  const width = widthOfLines(completeLines(start, complete))
  return width === null
    ? null
    : { format: 'glove', width, announced: null, headerBytes: 0, gzipped, lineBytes: meanLine(start), bytes }
}

/** Why a file that was meant as word vectors is none. @throws UserError always */
export async function refuseUnknown(path: string): Promise<never> {
  const file = basename(path)
  const head = await readHead(path)
  if (head?.start.subarray(0, 4).equals(fastTextMark))
    refuse(
      { file },
      'this is a fastText model with its subwords; open the .vec file that fastText writes beside it, which ' +
        'has the vectors of the words.'
    )
  const kind = head && fileKind(head.start.subarray(0, kindBytes))
  if (kind) refuse({ file }, `this is ${kind}.`)
  refuse(
    { file },
    'this is neither the weights of a checkpoint nor a file of word vectors. Layerscope reads GloVe text, ' +
      'word2vec text and binary, and fastText .vec, gzipped as well.'
  )
}

async function readHead(
  path: string
): Promise<{ start: Buffer; gzipped: boolean; complete: boolean; bytes: number } | null> {
  const found = await stat(path).catch(() => null)
  if (!found?.isFile()) return null
  const file = await open(path).catch(() => null)
  if (!file) return null
  let raw: Buffer
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
    raw = buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
  const complete = raw.length === found.size
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return { start: raw, gzipped: false, complete, bytes: found.size }
  try {
    // A sync flush at the end lets a beginning be unpacked without its rest.
    return {
      start: gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH }),
      gzipped: true,
      complete,
      bytes: found.size
    }
  } catch {
    return null
  }
}

function firstLine(bytes: Buffer): string[] {
  const end = bytes.indexOf(0x0a)
  const fields = fieldsOf(bytes.toString('latin1', 0, end < 0 ? bytes.length : end))
  // The last field of a line that is cut may be cut as well.
  return end < 0 ? fields.slice(0, -1) : fields
}

function completeLines(bytes: Buffer, complete: boolean): string[][] {
  const lines = bytes.toString('latin1').split('\n')
  if (!complete || lines.at(-1) === '') lines.pop()
  return lines.map(fieldsOf)
}

function fieldsOf(line: string): string[] {
  return line.trimEnd().split(/[ \t]+/)
}

/** Whether a line, or the beginning of one, ends in up to `width` numbers. */
function isVectorLine(fields: readonly string[], width: number): boolean {
  return fields.length > 1 && fields.slice(Math.max(1, fields.length - width)).every((field) => number.test(field))
}

/** The width most of the lines agree on, by their number of fields less the word; null where they are not vectors. */
function widthOfLines(lines: readonly string[][]): number | null {
  const counts = new Map<number, number>()
  for (const fields of lines) counts.set(fields.length - 1, (counts.get(fields.length - 1) ?? 0) + 1)
  const [width = 0] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? []
  if (width < leastWidthWithoutHeader) return null
  const vectors = lines.filter((fields) => fields.length > width && isVectorLine(fields, width))
  // A table of numbers has no words.
  const named = vectors.filter((fields) => !number.test(fields[0]!))
  return vectors.length * 2 > lines.length && named.length * 2 > vectors.length ? width : null
}

function meanLine(bytes: Buffer): number {
  let lines = 0
  let end = 0
  for (let at = bytes.indexOf(0x0a); at !== -1; at = bytes.indexOf(0x0a, at + 1)) {
    lines++
    end = at + 1
  }
  return lines > 0 ? end / lines : bytes.length
}

/** Without what may be the beginning of a character that continues past the end. */
function wholeCharacters(bytes: Buffer): Buffer {
  let end = bytes.length
  while (end > 0 && end > bytes.length - 4 && (bytes[end - 1]! & 0xc0) === 0x80) end--
  return bytes.subarray(0, end > 0 && bytes[end - 1]! >= 0xc0 ? end - 1 : end)
}
