import { quoted } from '@shared/userError'
import { count, describePlace } from './readers/refuse'

/** `note`: how the file was read. `warning`: something a careful reader of the results should know. */
type Level = 'note' | 'warning'

interface Kind {
  level: Level
  sentence(total: number, first: string, example: string): string
}

const kinds = {
  multiword: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'multiword token')} (first: ${first}, ${example}) ${n === 1 ? 'is' : 'are'} read as the ` +
      'words they represent.'
  },
  emptyNode: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'empty node')} of the enhanced graph (first: ${first}) ${n === 1 ? 'is' : 'are'} left out: ` +
      'they represent no word of the text.'
  },
  comment: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'comment line')} (first: ${first}): sent_id and text are used, the others skipped.`
  },
  carriageReturn: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'line')} (first: ${first}) end${n === 1 ? 's' : ''} in CR LF, the Windows line end; the CR ` +
      'is dropped.'
  },
  macLineEnd: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'file')} (first: ${first}) ha${n === 1 ? 's' : 've'} lines that end in CR alone, as saved by ` +
      'old Mac programs; they are read as lines.'
  },
  byteOrderMark: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'file')} (first: ${first}) begin${n === 1 ? 's' : ''} with a byte order mark, which is dropped.`
  },
  noFinalNewline: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'file')} (first: ${first}) end${n === 1 ? 's' : ''} without a line end; nothing is lost.`
  },
  blankWithSpaces: {
    level: 'note',
    sentence: (n, first) =>
      `${count(n, 'line')} (first: ${first}) of nothing but tabs or spaces ${n === 1 ? 'is' : 'are'} read ` +
      'as the blank line between sentences.'
  },
  missingValue: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'field')} (first: ${first}, in ${example}) ${n === 1 ? 'is' : 'are'} "_" or empty and ` +
      'count as unlabelled.'
  },
  missingKey: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'label')} (first: ${first}, in ${example}) ${n === 1 ? 'is' : 'are'} null, NaN, "_", empty or not ` +
      `there, and count${n === 1 ? 's' : ''} as unlabelled.`
  },
  spaceInWord: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'word')} (first: ${first}, ${example}) contain${n === 1 ? 's' : ''} a space and ` +
      `stay${n === 1 ? 's' : ''} one word.`
  },
  subtype: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'relation')} (first: ${first}, ${example}) carr${n === 1 ? 'ies' : 'y'} a subtype: ` +
      '"Dependency relation" keeps it, "Universal relation" drops it.'
  },
  documentMark: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'document mark')} (first: ${first}, ${example}) ${n === 1 ? 'is' : 'are'} left out; a ` +
      'document begins there.'
  },
  lateKey: {
    level: 'warning',
    sentence: (n, first, example) =>
      `${count(n, 'value')} (first: ${first}) ${n === 1 ? 'is' : 'are'} not read: the first 1,000 objects, from ` +
      `which the labels are taken, have no key ${example}.`
  },
  oddList: {
    level: 'warning',
    sentence: (n, first, example) =>
      `${count(n, 'list')} (first: ${first}, ${example}) ${n === 1 ? 'is' : 'are'} not read: most of that key do not ` +
      'have an entry for every word.'
  },
  tokenRange: {
    level: 'note',
    sentence: (n, first, example) =>
      `${count(n, 'line')} (first: ${first}, ${example}) whose number is a range or a decimal ` +
      `${n === 1 ? 'is' : 'are'} left out: they are not words.`
  },
  emptySentence: {
    level: 'warning',
    sentence: (n, first) =>
      `${count(n, 'sentence')} (first: ${first}) without a word ${n === 1 ? 'is' : 'are'} left out.`
  },
  noRoot: {
    level: 'warning',
    sentence: (n, first) =>
      `${count(n, 'sentence')} (first: ${first}) ${n === 1 ? 'has' : 'have'} no word with head 0: their tree ` +
      'has no root.'
  },
  manyRoots: {
    level: 'warning',
    sentence: (n, first) =>
      `${count(n, 'sentence')} (first: ${first}) ${n === 1 ? 'has' : 'have'} more than one word with head 0.`
  },
  missingHead: {
    level: 'warning',
    sentence: (n, first) =>
      `${count(n, 'word')} (first: ${first}) ${n === 1 ? 'has' : 'have'} no head; distances are left out there.`
  },
  longSentence: {
    level: 'warning',
    sentence: (n, first, example) =>
      `${count(n, 'sentence')} (first: ${first}, ${example}) ${n === 1 ? 'is' : 'are'} longer than 512 ` +
      'words: most models see only the beginning.'
  },
  quotedField: {
    level: 'warning',
    sentence: (n, first, example) =>
      `${count(n, 'field')} (first: ${first}, ${example}) begin${n === 1 ? 's' : ''} and ` +
      `end${n === 1 ? 's' : ''} with a double quote, which is read as text; switch quoting on if the quotes ` +
      'enclose the field.'
  },
  quotedSentence: {
    level: 'warning',
    sentence: (n, first, example) =>
      `${count(n, 'sentence')} (first: ${first}, ${example}) begin${n === 1 ? 's' : ''} and ` +
      `end${n === 1 ? 's' : ''} with a double quote, which is read and scored as text; save tables with quoted ` +
      'fields as CSV.'
  },
  oneSentence: {
    level: 'warning',
    sentence: (_n, first) =>
      `${first}: there is no blank line between the rows, so all of them are one sentence; choose a column of ` +
      'sentence numbers or one sentence a row.'
  }
} satisfies Record<string, Kind>

export type NoteKind = keyof typeof kinds

interface Tally {
  total: number
  file: string
  line: number | undefined
  example: string
}

/** Counts what a reader came across and reports it in one sentence per kind, over all files of a data set. */
export class Notes {
  private readonly tallies = new Map<NoteKind, Tally>()

  add(kind: NoteKind, file: string, line?: number, example?: string): void {
    const tally = this.tallies.get(kind)
    if (tally) tally.total++
    else this.tallies.set(kind, { total: 1, file, line, example: example === undefined ? '' : quoted(example) })
  }

  /** Warnings, then notes. */
  all(): string[] {
    return [...this.sentences('warning'), ...this.sentences('note')]
  }

  sentences(level: Level): string[] {
    const result: string[] = []
    for (const kind of Object.keys(kinds) as NoteKind[]) {
      const tally = this.tallies.get(kind)
      const { level: own, sentence }: Kind = kinds[kind]
      if (!tally || own !== level) continue
      const first = describePlace(tally)
      result.push(sentence(tally.total, first, tally.example))
    }
    return result
  }
}
