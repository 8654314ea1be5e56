import type { FinetunePrediction, FinetuneResult } from '@shared/finetune'

/** A test item that two runs answer differently. */
export interface Flip {
  sentence: number
  word: number | null
  span: FinetunePrediction['span']
  second: FinetunePrediction['second']
  gold: string
  before: string
  after: string
  /** What the second run made of it. */
  kind: 'right now' | 'wrong now' | 'wrong in both'
}

export interface Flips {
  /** Those that became right first, then those that became wrong, then those wrong in both; in order of the test. */
  rows: Flip[]
  /** Items that both runs were tested on. */
  items: number
  counts: Readonly<Record<Flip['kind'], number>>
}

const kinds: readonly Flip['kind'][] = ['right now', 'wrong now', 'wrong in both']

/** Answers that differ between two runs of one task, item by item; null where they have no test item in common. */
export function flipsOf(before: FinetuneResult, after: FinetuneResult): Flips | null {
  const keyOf = ({ sentence, word, span, second }: FinetunePrediction): string =>
    [sentence, word, span, second].join(' ')
  const known = new Map(before.predictions.map((one) => [keyOf(one), one.predicted]))
  const both = after.predictions.filter((one) => known.has(keyOf(one)))
  if (both.length === 0) return null
  const named = (id: number): string => after.classes[id] ?? String(id)
  const rows = both
    .map((one) => ({ one, earlier: known.get(keyOf(one))! }))
    .filter(({ one, earlier }) => earlier !== one.predicted)
    .map(({ one, earlier }): Flip => ({
      sentence: one.sentence,
      word: one.word,
      span: one.span,
      second: one.second,
      gold: named(one.gold),
      before: named(earlier),
      after: named(one.predicted),
      kind: one.predicted === one.gold ? 'right now' : earlier === one.gold ? 'wrong now' : 'wrong in both'
    }))
    .sort((a, b) => kinds.indexOf(a.kind) - kinds.indexOf(b.kind))
  const count = (kind: Flip['kind']): number => rows.filter((row) => row.kind === kind).length
  return {
    rows,
    items: both.length,
    counts: {
      'right now': count('right now'),
      'wrong now': count('wrong now'),
      'wrong in both': count('wrong in both')
    }
  }
}
