import { quoted } from '@shared/userError'
import type { DatasetReader, ReadContext } from './reader'
import { refuse } from './refuse'
import type { LineParser } from './source'
import type { WordSpan } from '../spanColumn'
import { splitWords } from '../splitWords'

const needed = [
  'ID',
  'Text',
  'Pronoun',
  'Pronoun-offset',
  'A',
  'A-offset',
  'A-coref',
  'B',
  'B-offset',
  'B-coref'
] as const

/**
 * GAP (Webster et al. 2018): passages with a pronoun and two names, each with the place of its first character. Every
 * passage makes two pairs, (pronoun, name), labelled by whether the pronoun refers to the name.
 */
export const gap: DatasetReader = {
  id: 'gap',
  title: 'GAP coreference',
  extensions: ['.tsv'],
  maxLineBytes: 1 << 20,
  headBytes: 1 << 18,
  sniff: (head) => (head.lines[0]?.split('\t').includes('Pronoun-offset') ? 1 : 0),
  preview(head) {
    const rows = head.lines.slice(1, 21).map((line) => line.split('\t'))
    const columns = (head.lines[0] ?? '').split('\t')
    return {
      columns: columns.map((name, index) => ({
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
  plan(head) {
    const names = (head.lines[0] ?? '').split('\t')
    const missing = needed.find((name) => !names.includes(name))
    if (missing)
      refuse({ file: head.file, line: 1 }, `the column ${quoted(missing)} is missing; GAP has ${needed.join(', ')}.`)
    return {
      parser: (context) => new GapParser(context, names),
      layers: () => [],
      spanLayers: () => [
        {
          id: 'coreference',
          title: 'Coreference',
          unit: 'pair',
          description: 'Whether the pronoun (first) refers to the name (second)',
          column: 'coreference'
        }
      ]
    }
  }
}

class GapParser implements LineParser {
  constructor(
    private readonly context: ReadContext,
    private readonly names: readonly string[]
  ) {}

  line(line: string, number: number): void {
    if (number === 1 || line.trim() === '') return
    const place = { file: this.context.file, line: number }
    const fields = line.split('\t')
    if (fields.length !== this.names.length)
      refuse(place, `${fields.length} columns where the first line names ${this.names.length}.`)
    const field = (name: (typeof needed)[number]): string => fields[this.names.indexOf(name)] ?? ''
    const text = field('Text')
    const { words } = splitWords(text)
    const split = this.context.split()
    const start = split.words
    const places = placesOf(words, text)
    const spanOf = (name: 'Pronoun' | 'A' | 'B'): WordSpan => {
      const [offset, mention] = [Number(field(`${name}-offset`)), field(name)]
      if (!text.startsWith(mention, offset) || mention === '')
        refuse(
          place,
          `${quoted(mention)} does not occur at character ${field(`${name}-offset`)} of the text (columns ` +
            `${name} and ${name}-offset).`
        )
      const first = places.findIndex(([, end]) => end > offset)
      const after = places.findIndex(([begin]) => begin >= offset + mention.length)
      return [start + first, start + (after === -1 ? words.length : after)]
    }
    const pronoun = spanOf('Pronoun')
    const coreference = split.spanColumn('coreference')
    for (const name of ['A', 'B'] as const) {
      const answer = field(`${name}-coref`).toUpperCase()
      if (answer !== 'TRUE' && answer !== 'FALSE')
        refuse(place, `${quoted(field(`${name}-coref`))} is neither TRUE nor FALSE (column ${name}-coref).`)
      coreference.add(answer === 'TRUE' ? 'coreferent' : 'not coreferent', pronoun, spanOf(name))
    }
    for (const word of words) split.word(word)
    split.endSentence({ id: field('ID'), text, line: number })
  }

  end(): void {
    // Every line was a passage of its own.
  }
}

/** First character and the one after the last of each word. */
function placesOf(words: readonly string[], text: string): [number, number][] {
  let at = 0
  return words.map((word) => {
    const begin = text.indexOf(word, at)
    at = begin + word.length
    return [begin, at]
  })
}
