/**
 * Turns offsets counted in Unicode code points, as Python and the tokenizers count, into positions of a JavaScript
 * string, which counts UTF-16 units: an emoji is one of the former and two of the latter. The only place where the two
 * meet.
 */
export function utf16Offsets(text: string): (codePoints: number) => number {
  // Nearly every text has only characters of the basic plane: there is nothing to count.
  if (!/[\ud800-\udbff]/.test(text)) return (codePoints) => codePoints
  const starts: number[] = []
  let at = 0
  for (const character of text) {
    starts.push(at)
    at += character.length
  }
  starts.push(at)
  return (codePoints) => starts[codePoints] ?? at
}
