/**
 * Scripts written without spaces. Typed text is split at each of their characters, as BERT's basic tokenizer does for
 * Chinese; kana, Thai, Lao, Khmer and Burmese are treated the same way for want of a dictionary.
 */
export const unspacedScripts = ['Han', 'Hiragana', 'Katakana', 'Thai', 'Lao', 'Khmer', 'Myanmar']
  .map((script) => `\\p{Script=${script}}`)
  .join('')

/** Their letters and marks, and East Asian punctuation. */
const unspaced = `[${unspacedScripts}\\u3000-\\u303f\\uff00-\\uff65]`
const endsUnspaced = new RegExp(`${unspaced}\\p{M}*$`, 'u')
const startsUnspaced = new RegExp(`^${unspaced}`, 'u')
/** The first character of Thai: all that come before, and with them most text, is of scripts that use spaces. */
const firstUnspaced = 0xe00

/** Whether a text begins with a character of a script written without spaces. */
export function isUnspaced(text: string): boolean {
  return text.charCodeAt(0) >= firstUnspaced && startsUnspaced.test(text)
}

/**
 * Whether a space follows each word where no text says so: as in their scripts, after every word except between
 * Chinese, Japanese, Thai and the like.
 */
export function usualSpaces(words: readonly string[]): boolean[] {
  return words.map((word, index) => {
    const next = words[index + 1]
    if (next === undefined) return true
    return !isUnspaced(next) && !(word.charCodeAt(word.length - 1) >= firstUnspaced && endsUnspaced.test(word))
  })
}

/**
 * Words as a running text.
 * @param spaceAfter whether a space follows each of them in the text they were taken from
 */
export function joinWords(words: readonly string[], spaceAfter: readonly boolean[] = usualSpaces(words)): string {
  let text = ''
  words.forEach((word, index) => {
    text += word
    if (index < words.length - 1 && spaceAfter[index]) text += ' '
  })
  return text
}
