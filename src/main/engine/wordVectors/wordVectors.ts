import { isUtf8 } from 'node:buffer'
import { basename } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import { readBytes } from '../datasets/readers/bytes'
import { refuse } from '../datasets/readers/refuse'
import { BinaryParser } from './binaryParser'
import type { VectorHead } from './format'
import { TextParser } from './textParser'
import { VectorTable } from './vectorTable'
import { WordIndex } from './wordIndex'

/** Words with one vector each, in the order of the file, which is by frequency in all the usual ones. */
export interface WordVectors {
  words: WordIndex
  table: VectorTable
  /** Only the first words of the file were read, because not all of them fit into memory. */
  limited: boolean
  /** What was noticed, as sentences. */
  notes: string[]
}

export interface ReadVectorsOptions {
  /** Bytes the vectors may take; what the machine has available when left out. */
  memoryBytes?: number
}

/** Part of the available memory that vectors may take: the rest is for what is computed with them. */
const shareOfMemory = 0.75
/** Fewer of the words of a large file would say little about it. */
const fewestWords = 20_000
/** More words than this part that are not UTF-8 mean another encoding, not a word cut in two. */
const mostBroken = 0.01
/** How much larger the text is than its gzip file, at least: digits pack to half. */
const leastUnpacked = 2

/**
 * Reads a file of word vectors block by block. Memory is words x width x 4 bytes and some 30 bytes a word. Of a file
 * that does not fit only the first words are read (a round number of them), and a note says so.
 * @throws UserError naming file and line for what is damaged, and for a file too large for the memory there is
 */
export async function readVectors(
  path: string,
  head: VectorHead,
  job: JobHandle,
  options: ReadVectorsOptions = {}
): Promise<WordVectors> {
  const file = basename(path)
  const limit = wordLimit(file, head, options.memoryBytes ?? process.availableMemory() * shareOfMemory)
  const words = new WordIndex()
  const table = new VectorTable(head.width)
  let read = 0
  let repeated = 0
  let broken = 0
  const take = (bytes: Uint8Array, from: number, to: number, vector: Float32Array): boolean => {
    read++
    if (!isUtf8(bytes.subarray(from, to))) broken++
    else if (words.add(bytes, from, to)) table.add(vector)
    else repeated++
    return table.rows < limit
  }
  const parser =
    head.format === 'word2vecBinary'
      ? new BinaryParser(file, head.width, head.headerBytes, head.announced!, take)
      : new TextParser(file, head.width, head.headerBytes, take)

  let bytesRead = 0
  let more = true
  for await (const block of readBytes(path, (raw) => void (bytesRead += raw.length))) {
    more = parser.write(block)
    if (!more) break
    job.progress(bytesRead, head.bytes, 'Reading the word vectors')
    await job.yield()
  }
  if (more) parser.end()
  const limited = table.rows === limit
  if (!limited) checkCount(file, head, read)
  if (broken > read * mostBroken)
    refuse(
      { file },
      `${broken.toLocaleString('en-US')} of ${read.toLocaleString('en-US')} words are not UTF-8; save the ` +
        'file as UTF-8 and open it again.'
    )
  if (table.rows === 0) refuse({ file }, 'there is no word in this file.')
  return {
    words,
    table,
    limited,
    notes: notesOf({ head, read, repeated, broken, limited, kept: table.rows })
  }
}

/** Words that may be read: as many as fit, or a round number of them where that is less than there are. */
function wordLimit(file: string, head: VectorHead, memoryBytes: number): number {
  const wordBytes = head.width * 4 + WordIndex.bytesPerWord
  const fitting = Math.floor(memoryBytes / wordBytes)
  const expected = expectedWords(head)
  if (expected <= fitting) return fitting
  const round = roundBelow(fitting)
  if (round < Math.min(fewestWords, expected))
    refuse(
      { file },
      `${head.announced === null ? 'about ' : ''}${expected.toLocaleString('en-US')} words of ` +
        `${head.width.toLocaleString('en-US')} numbers need ${gigabytes(expected * wordBytes)} of memory, and ` +
        `${gigabytes(memoryBytes)} can be had. Close other programs, or open a file with fewer words or ` +
        'narrower vectors.'
    )
  return round
}

function expectedWords({ announced, bytes, lineBytes, gzipped }: VectorHead): number {
  return announced ?? Math.ceil((bytes * (gzipped ? leastUnpacked : 1)) / lineBytes)
}

/** 1, 2 or 5 and zeros: the same number of words on every start, whatever else runs. */
function roundBelow(count: number): number {
  if (count < 1) return 0
  const power = 10 ** Math.floor(Math.log10(count))
  return power * (count >= 5 * power ? 5 : count >= 2 * power ? 2 : 1)
}

function checkCount(file: string, { announced }: VectorHead, read: number): void {
  if (announced !== null && read < announced)
    refuse(
      { file },
      `the file ends after ${read.toLocaleString('en-US')} of the ${announced.toLocaleString('en-US')} words ` +
        'that its first line announces; it is incomplete, so copy or download it again.'
    )
}

function notesOf({
  head,
  read,
  repeated,
  broken,
  limited,
  kept
}: {
  head: VectorHead
  read: number
  repeated: number
  broken: number
  limited: boolean
  kept: number
}): string[] {
  const notes: string[] = []
  const words = (count: number): string => `${count.toLocaleString('en-US')} ${count === 1 ? 'word' : 'words'}`
  const others = head.announced === null ? '' : ` of the ${head.announced.toLocaleString('en-US')}`
  if (limited)
    notes.push(
      `Only the first ${words(kept)}${others} were read, which is what fits into memory; in files of this ` +
        'kind the most frequent words stand first.'
    )
  if (repeated > 0) notes.push(`${words(repeated)} stood in the file again; the first vector of each was kept.`)
  if (broken > 0)
    notes.push(
      `${words(broken)} ${broken === 1 ? 'is' : 'are'} not UTF-8 (word2vec cuts long words at a byte) and ` +
        `${broken === 1 ? 'was' : 'were'} left out.`
    )
  if (!limited && head.announced !== null && head.format !== 'word2vecBinary' && read > head.announced)
    notes.push(
      `The first line announces ${words(head.announced)}, and there are ${read.toLocaleString('en-US')}; all were read.`
    )
  return notes
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(bytes < 1e8 ? 3 : 1)} GB`
}
