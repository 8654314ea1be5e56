import { quoted } from '@shared/userError'
import type { DatasetReader, ReadContext } from './reader'
import { refuse } from './refuse'
import type { LineParser } from './source'
import { splitWords } from '../splitWords'

const sentenceId = /^([^.]+)\.([^.]+)\.([01])\.(male|female|neutral)\.txt$/
const pronouns = new Set(['he', 'she', 'they', 'him', 'her', 'them', 'his', 'hers', 'their', 'theirs'])

/**
 * Winogender schemas (Rudinger et al. 2018): sentences with an occupation, another participant and a pronoun; the id
 * says which of the two the pronoun refers to and its gender. Every sentence makes two pairs, (pronoun,
 * person).
 */
export const winogender: DatasetReader = {
  id: 'winogender',
  title: 'Winogender schemas',
  extensions: ['.tsv'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff: (head) =>
    head.lines[0] === 'sentid\tsentence' && sentenceId.test(head.lines[1]?.split('\t')[0] ?? '') ? 1 : 0,
  preview(head) {
    const rows = head.lines.slice(1, 21).map((line) => line.split('\t'))
    return {
      columns: (head.lines[0] ?? '').split('\t').map((name, index) => ({
        index,
        name,
        examples: rows.slice(0, 3).map((row) => row[index] ?? ''),
        guess: 'ignore',
        role: 'ignore',
        roles: ['ignore']
      })),
      rows
    }
  },
  plan: () => ({
    parser: (context) => new WinogenderParser(context),
    layers: () => [
      {
        id: 'answer',
        title: 'Whom the pronoun refers to',
        description: 'The occupation or the other participant, according to the id of the sentence.',
        unit: 'sentence',
        origin: { kind: 'column', column: 'answer' }
      },
      {
        id: 'gender',
        title: 'Gender of the pronoun',
        description: 'According to the id of the sentence.',
        unit: 'sentence',
        origin: { kind: 'column', column: 'gender' }
      }
    ],
    spanLayers: () => [
      {
        id: 'coreference',
        title: 'Coreference',
        unit: 'pair',
        description: 'Whether the pronoun (first) refers to the occupation or the participant (second)',
        column: 'coreference'
      }
    ],
    checkHead(head, first) {
      if (head.lines[0] !== 'sentid\tsentence')
        refuse({ file: head.file, line: 1 }, `the columns are not those of ${first}; open files of one kind together.`)
    }
  })
}

class WinogenderParser implements LineParser {
  constructor(private readonly context: ReadContext) {}

  line(line: string, number: number): void {
    if (number === 1 || line.trim() === '') return
    const place = { file: this.context.file, line: number }
    const [id = '', text = '', ...more] = line.split('\t')
    if (text.trim() === '' || more.length > 0)
      refuse(place, `${more.length + (text.trim() === '' ? 1 : 2)} columns where Winogender has sentid and sentence.`)
    const [, occupation = '', participant = '', answer, gender = ''] =
      sentenceId.exec(id) ??
      refuse(
        place,
        `the id ${quoted(id)} is not of the form occupation.participant.answer.gender.txt, where answer is 0 or 1.`
      )
    const { words, spaceAfter } = splitWords(text)
    const split = this.context.split()
    const start = split.words
    const lower = words.map((word) => word.toLowerCase())
    const find = (what: string, name: string): readonly [number, number] => {
      const wanted = splitWords(name.toLowerCase()).words
      const at = lower.findIndex((_, i) => wanted.every((word, j) => lower[i + j] === word))
      if (at < 0) refuse(place, `the ${what}, ${quoted(name)}, does not occur in the sentence.`)
      return [start + at, start + at + wanted.length]
    }
    const pronounAt = lower.findIndex((word) => pronouns.has(word))
    if (pronounAt < 0) refuse(place, `the sentence has none of the pronouns ${[...pronouns].join(', ')}.`)
    const pronoun = [start + pronounAt, start + pronounAt + 1] as const
    const pairs = split.spanColumn('coreference')
    pairs.add(answer === '0' ? 'coreferent' : 'not coreferent', pronoun, find('occupation', occupation))
    pairs.add(answer === '1' ? 'coreferent' : 'not coreferent', pronoun, find('participant', participant))
    words.forEach((word, i) => split.word(word, spaceAfter[i]))
    split.sentenceColumn('answer').add(answer === '0' ? 'occupation' : 'participant')
    split.sentenceColumn('gender').add(gender)
    split.endSentence({ id, text, line: number })
  }

  end(): void {
    // Every line was a sentence of its own.
  }
}
