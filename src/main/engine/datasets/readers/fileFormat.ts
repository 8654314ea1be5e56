import { basename } from 'node:path'
import type { ColumnChoice } from '@shared/dataset'
import { quoted, UserError } from '@shared/userError'
import { Notes } from '../notes'
import type { DatasetReader } from './reader'
import { plainText } from './plainText'
import { readers } from './readers'
import { refuse } from './refuse'
import { plainName, readHead } from './source'
import type { FileHead } from './source'

/** Formats that can be chosen: those that are recognised, and plain text. */
export const chosenFormats: readonly DatasetReader[] = [...readers, plainText]

/** Enough to recognise a format by. */
const sniffBytes = 1 << 16

/** The beginning of a file and the reader that fits it, or the one that was chosen. */
export async function readFileHead(
  path: string,
  choice: ColumnChoice
): Promise<{ reader: DatasetReader; head: FileHead }> {
  const sniffed = await readHead(path, sniffBytes, new Notes())
  const reader = choice.format === undefined ? bestReader(sniffed) : readerById(choice.format)
  const head = sniffed.complete ? sniffed : await readHead(path, reader.headBytes, new Notes())
  if (head.lines.length === 0)
    refuse(
      { file: head.file, line: 1 },
      `the line is longer than ${reader.headBytes.toLocaleString('en-US')} bytes; check that the lines end in ` +
        'LF or CR LF and that the format is the right one.'
    )
  return { reader, head }
}

function readerById(id: string): DatasetReader {
  const reader = chosenFormats.find((candidate) => candidate.id === id)
  if (!reader)
    throw new UserError(
      `There is no format ${quoted(id)}; choose one of ${chosenFormats.map((format) => format.id).join(', ')}.`
    )
  return reader
}

function bestReader(head: FileHead): DatasetReader {
  const [best] = readers.map((reader) => ({ reader, fit: reader.sniff(head) })).sort((a, b) => b.fit - a.fit)
  if (!best || best.fit === 0) {
    const formats = readers.map(({ title, extensions }) => `${title} (${extensions.join(' ')})`).join('; ')
    refuse(
      { file: head.file },
      `the format was not recognised. These can be opened, texts also as .gz or .zst: ${formats}.`
    )
  }
  return best.reader
}

/** Whether a file in a folder is one that a reader opens by its extension. */
export function hasKnownExtension(path: string): boolean {
  const name = plainName(basename(path))
  return readers.some(({ extensions }) =>
    extensions.some((extension) => extension !== '.txt' && name.endsWith(extension))
  )
}
