/** The number of every word of a list; of a word that is listed several times, the first. */
export function firstNumbers(words: readonly string[]): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>()
  words.forEach((word, number) => {
    if (!numbers.has(word)) numbers.set(word, number)
  })
  return numbers
}
