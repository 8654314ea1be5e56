/** Two words that translate one another in parallel sentences, and their Dice coefficient. */
export interface AnchorPair {
  first: string
  second: string
  dice: number
}

/** Sentences that have both words, at least: one is chance. */
const fewestTogether = 2
/** Below, two words are apart more than twice as often as together. */
const leastDice = 0.3

/**
 * A dictionary of two languages from sentences and their translations: words that are each other's best by the Dice
 * coefficient of the sentences they occur in (Melamed 2000's competitive choice, without its iterations). Case is
 * ignored; marks and numbers are left out.
 * @param first words of each sentence, @param second those of its translation
 * @returns the surest first
 */
export function anchorPairs(
  first: readonly (readonly string[])[],
  second: readonly (readonly string[])[]
): AnchorPair[] {
  const [typesA, typesB] = [first.map(typesOf), second.map(typesOf)]
  const [timesA, timesB] = [timesOf(typesA), timesOf(typesB)]
  const together = new Map<string, Map<string, number>>()
  for (const [sentence, types] of typesA.entries())
    for (const a of types) {
      const counts = together.get(a) ?? new Map<string, number>()
      together.set(a, counts)
      for (const b of typesB[sentence]!) counts.set(b, (counts.get(b) ?? 0) + 1)
    }
  const bestA = new Map<string, { word: string; dice: number }>()
  const bestB = new Map<string, { word: string; dice: number }>()
  for (const [a, counts] of together)
    for (const [b, count] of counts) {
      if (count < fewestTogether) continue
      const dice = (2 * count) / (timesA.get(a)! + timesB.get(b)!)
      if (dice < leastDice) continue
      if (dice > (bestA.get(a)?.dice ?? 0)) bestA.set(a, { word: b, dice })
      if (dice > (bestB.get(b)?.dice ?? 0)) bestB.set(b, { word: a, dice })
    }
  return [...bestA]
    .filter(([a, { word }]) => bestB.get(word)?.word === a)
    .map(([a, { word, dice }]) => ({ first: a, second: word, dice }))
    .sort((x, y) => y.dice - x.dice || timesA.get(y.first)! - timesA.get(x.first)! || (x.first < y.first ? -1 : 1))
}

/** A word as anchors know it. */
export function anchorForm(word: string): string {
  return word.toLowerCase()
}

function typesOf(words: readonly string[]): Set<string> {
  return new Set(words.map(anchorForm).filter((word) => /\p{L}/u.test(word)))
}

function timesOf(sentences: readonly ReadonlySet<string>[]): Map<string, number> {
  const times = new Map<string, number>()
  for (const types of sentences) for (const type of types) times.set(type, (times.get(type) ?? 0) + 1)
  return times
}
