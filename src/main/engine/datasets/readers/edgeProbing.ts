import { quoted } from '@shared/userError'
import { valuesChosen } from '../columnValues'
import { parseLine } from './jsonLines'
import type { DatasetReader, ReadContext } from './reader'
import { count, refuse, type Place } from './refuse'
import type { LineParser } from './source'
import type { WordSpan } from '../spanColumn'

/**
 * The JSON Lines of edge probing (Tenney et al. 2019): `{"text": "The cat sat", "targets": [{"span1": [0, 2], "span2":
 * [2, 3], "label": "nsubj"}]}`. Words are separated by spaces; a span is its first word and the word after its
 * last, from 0. Every target has a `span2`, or none.
 */
export const edgeProbing: DatasetReader = {
  id: 'edgeProbing',
  title: 'Edge probing (JSON Lines)',
  extensions: ['.jsonl'],
  maxLineBytes: 8 << 20,
  headBytes: 1 << 18,
  sniff(head) {
    const first = head.lines.find((line) => line.trim() !== '')
    return first !== undefined && /"targets"\s*:\s*\[/.test(first) && /"text"\s*:/.test(first) ? 1 : 0
  },
  preview: (head) => ({
    columns: [{ index: 0, name: 'target', examples: [], guess: 'label', role: 'label', roles: ['label'] }],
    rows: head.lines.slice(0, 20).map((line) => [line.slice(0, 200)])
  }),
  plan(head, choice) {
    const isPair = head.lines.some((line) => line.includes('"span2"'))
    return {
      parser: (context) => new EdgeParser(context, isPair),
      layers: () => [],
      spanLayers: () => [
        {
          id: 'target',
          title: 'Target',
          unit: isPair ? 'pair' : 'span',
          description: isPair ? 'Label of each pair of spans (span1, span2)' : 'Label of each span (span1)',
          column: 'target',
          mayBeNumber: true,
          as: valuesChosen(choice, 'target')
        }
      ]
    }
  }
}

class EdgeParser implements LineParser {
  constructor(
    private readonly context: ReadContext,
    private readonly isPair: boolean
  ) {}

  line(text: string, number: number): void {
    if (text.trim() === '') return
    const place = { file: this.context.file, line: number }
    const { text: sentence, targets } = parse(text, place)
    const split = this.context.split()
    const start = split.words
    const words = sentence.split(/\s+/u).filter((word) => word !== '')
    if (words.length === 0) return this.context.notes.add('emptySentence', place.file, number)
    for (const word of words) split.word(word)
    targets.forEach((target, index) => {
      const where = `target ${index + 1}`
      const spanOf = (name: 'span1' | 'span2'): WordSpan => {
        const value = target[name]
        if (!Array.isArray(value) || value.length !== 2 || !value.every(Number.isInteger))
          refuse(place, `${where}: "${name}" is not a pair of whole numbers.`)
        const [from, to] = value as [number, number]
        if (from < 0 || to <= from || to > words.length)
          refuse(
            place,
            `${where}: "${name}" is [${from}, ${to}], but the text has ${count(words.length, 'word')}; a span ` +
              'is its first word and the word after its last, from 0.'
          )
        return [start + from, start + to]
      }
      if ('span2' in target !== this.isPair)
        refuse(
          place,
          `${where} has ` +
            `${this.isPair ? 'no "span2", which others have' : 'a "span2", which the first ones lack'}; all ` +
            'targets need one, or none.'
        )
      split
        .spanColumn('target')
        .add(labelOf(target['label'], where, place), spanOf('span1'), this.isPair ? spanOf('span2') : undefined, place)
    })
    split.endSentence({ text: sentence, line: number })
  }

  end(): void {
    // Every line was a sentence of its own.
  }
}

function parse(line: string, place: Place): { text: string; targets: Record<string, unknown>[] } {
  const { text, targets } = parseLine(line, place)
  if (typeof text !== 'string') refuse(place, 'the object has no "text".')
  if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'object' && target !== null))
    refuse(place, 'the object has no list of "targets".')
  return { text, targets: targets as Record<string, unknown>[] }
}

function labelOf(label: unknown, where: string, place: Place): string {
  const only: unknown = Array.isArray(label) && label.length === 1 ? label[0] : label
  if (Array.isArray(only))
    refuse(
      place,
      `${where} has ${count(only.length, 'label')}; a probe assigns one class to each target, so each needs ` +
        'exactly one.'
    )
  if (typeof only !== 'string' && typeof only !== 'number')
    refuse(place, `${where}: the label ${quoted(JSON.stringify(label) ?? 'undefined')} is neither text nor a number.`)
  return String(only)
}
