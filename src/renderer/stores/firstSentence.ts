import type { SentenceMatch, SentenceRow } from '@shared/dataset'

/**
 * The sentence to begin with: medium long, whole, with many kinds of words, because that is where attention and probes
 * have something to show. Null when there is nothing to choose from.
 */
export function chooseFirstSentence(candidates: readonly SentenceMatch[], task: string): SentenceRow | null {
  let best: SentenceRow | null = null
  let bestScore = -Infinity
  for (const { row } of candidates) {
    const score = interest(row, task)
    if (score > bestScore) {
      best = row
      bestScore = score
    }
  }
  return best
}

/** The word to begin with: the head of the sentence where trees are known, otherwise its longest word. */
export function chooseFirstWord(row: SentenceRow): number | null {
  if (row.words.length === 0) return null
  const root = row.heads?.indexOf(0) ?? -1
  if (root >= 0) return root
  return row.words.reduce((longest, word, index, words) => (word.length > words[longest]!.length ? index : longest), 0)
}

function interest(row: SentenceRow, task: string): number {
  const labels = row.labels[task] ?? []
  const kinds = new Set(labels.filter((label) => label !== null)).size
  const length = row.words.length
  // A dozen words fill the attention view without crowding it.
  const lengthPenalty = Math.abs(length - 13) * 0.5
  const whole = /^\p{Lu}/u.test(row.text) && /[.!?]$/.test(row.text) ? 2 : 0
  const clean = /[^\p{L}\p{Zs}.,!?'’-]/u.test(row.text) ? 0 : 3
  const reach = row.heads
    ? Math.max(0, ...row.heads.map((head, index) => (head > 0 ? Math.abs(head - 1 - index) : 0)))
    : 0
  return kinds * 1.2 + whole + clean + Math.min(8, reach) * 0.3 - lengthPenalty
}
