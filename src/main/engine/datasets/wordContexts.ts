import type { WordCounts } from '@shared/contexts'
import type { NearWord } from '@shared/projection'
import type { WordTable } from './dataset'

const reach = 6

/** A word with up to six words on either side. @param value what it is listed by */
export function wordInContext(words: WordTable, row: number, value: number): NearWord {
  return {
    wordIndex: row,
    sentence: words.sentence[row]!,
    position: words.position[row]!,
    form: words.forms[row]!,
    left: around(words, row, -reach),
    right: around(words, row, reach),
    distance: value
  }
}

/** Words of the same sentence up to so many positions away, as text. */
function around(words: WordTable, row: number, far: number): string {
  const [from, to] = far < 0 ? [row + far, row] : [row + 1, row + 1 + far]
  const parts: string[] = []
  for (let i = Math.max(0, from); i < Math.min(words.forms.length, to); i++) {
    if (words.sentence[i] === words.sentence[row]) parts.push(words.forms[i]!)
  }
  return parts.join(' ')
}

/** How often each value occurs among some rows, equal ones by their order. */
export function countedValues(
  title: string,
  rows: readonly number[],
  valueOf: (row: number) => string | null
): WordCounts {
  const counts = new Map<string, number>()
  let none = 0
  for (const row of rows) {
    const value = valueOf(row)
    if (value === null) none++
    else counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return {
    title,
    counts: [...counts].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count),
    none
  }
}

/** The next word of a row's sentence in lower case; null at its end. */
export function nextWord({ forms, sentence }: WordTable, row: number): string | null {
  return sentence[row + 1] === sentence[row] && row + 1 < forms.length ? forms[row + 1]!.toLowerCase() : null
}
