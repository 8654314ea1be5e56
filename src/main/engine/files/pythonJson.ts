/**
 * JSON as Python's json module writes it: with NaN, Infinity and -Infinity as numbers, which JSON has not.
 * @param nan the JSON that stands for NaN: `null`, or a text that whoever asks for a number refuses
 * @throws SyntaxError where the text is no JSON apart from these
 */
export function parsePythonJson(text: string, nan = '"NaN"'): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const replaced = withoutSpecials(text, nan)
    if (replaced === text) throw error
    return JSON.parse(replaced) as unknown
  }
}

/** The three words outside of texts; 1e999 is read as infinity. */
function withoutSpecials(text: string, nan: string): string {
  const parts: string[] = []
  let done = 0
  for (let at = 0; at < text.length; at++) {
    const character = text.charCodeAt(at)
    if (character === 0x22) {
      for (at++; at < text.length && text.charCodeAt(at) !== 0x22; at++) if (text.charCodeAt(at) === 0x5c) at++
      continue
    }
    const word = character === 0x4e ? 'NaN' : character === 0x49 ? 'Infinity' : null
    if (!word || !text.startsWith(word, at)) continue
    parts.push(text.slice(done, at), word === 'NaN' ? nan : '1e999')
    done = at + word.length
    at = done - 1
  }
  return done === 0 ? text : parts.join('') + text.slice(done)
}
