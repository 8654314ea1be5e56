/** Row of the first word of every sentence. */
export function sentenceStarts(sentences: readonly (readonly string[])[]): Int32Array {
  const starts = new Int32Array(sentences.length)
  for (let i = 1; i < sentences.length; i++) starts[i] = starts[i - 1]! + sentences[i - 1]!.length
  return starts
}
