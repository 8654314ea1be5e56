import type { Notes } from '../notes'
import { refuse } from './refuse'

/**
 * Checks that the heads of one sentence make a tree, or a forest where some are missing.
 * @param heads head of each word, 1-based, 0 for the root, -1 for none
 * @param lines line of each word in the file
 * @throws UserError for a head outside the sentence, a word that is its own head, and a cycle
 */
export function checkTree(heads: readonly number[], lines: readonly number[], file: string, notes: Notes): void {
  const length = heads.length
  let roots = 0
  let missing = 0
  heads.forEach((head, index) => {
    const place = { file, line: lines[index] }
    if (head > length)
      refuse(place, `the head is ${head}, but the sentence has only ${length === 1 ? '1 word' : `${length} words`}.`)
    if (head === index + 1) refuse(place, `word ${head} is its own head; the root of a sentence has head 0.`)
    if (head === 0) roots++
    if (head === -1) {
      missing++
      notes.add('missingHead', file, lines[index])
    }
  })
  refuseCircle(heads, lines, file)
  if (roots === 0 && missing < length) notes.add('noRoot', file, lines[0])
  if (roots > 1) notes.add('manyRoots', file, lines[0])
}

/** Follows each word up to the root; a word met twice on the way is part of a cycle. */
function refuseCircle(heads: readonly number[], lines: readonly number[], file: string): void {
  const seenOnWay = new Int32Array(heads.length + 1)
  for (let start = 1; start <= heads.length; start++) {
    let word = start
    while (word > 0 && seenOnWay[word] === 0) {
      seenOnWay[word] = start
      word = heads[word - 1] ?? 0
    }
    if (word > 0 && seenOnWay[word] === start) {
      const circle = [word]
      for (let next = heads[word - 1] ?? 0; next !== word; next = heads[next - 1] ?? 0) circle.push(next)
      refuse({ file, line: lines[word - 1] }, `the heads form a cycle: ${[...circle, word].join(' -> ')}.`)
    }
  }
}
