/**
 * Turns offsets counted in Unicode code points, as Python and the tokenizers count, into positions of a JavaScript
 * string, which counts UTF-16 units: an emoji is one of the former and two of the latter. Here alone the two meet.
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

/**
 * The way back: positions of a JavaScript string as offsets in code points. A position inside a character counts it.
 * Counted once, so that any number of offsets of a long text take linear time.
 */
export function codePointOffsets(text: string): (position: number) => number {
  if (!/[\ud800-\udbff]/.test(text)) return (position) => Math.min(position, text.length)
  const counts = new Uint32Array(text.length + 1)
  let [at, count] = [0, 0]
  for (const character of text) {
    count++
    for (let unit = 0; unit < character.length; unit++) counts[++at] = count
  }
  return (position) => counts[Math.min(position, text.length)]!
}
