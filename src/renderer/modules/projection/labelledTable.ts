/** A name that a column may have: without tabs, line ends and the signs that comments begin with. */
function columnName(name: string): string {
  return name.replace(/[\s#]+/g, ' ').trim() || 'selection'
}

/**
 * A part as a table of tokens (docs/data-formats.md): a word a line, with whether it is in the selection, and a blank
 * line between sentences.
 * @param sentences sentence of every word, ascending
 */
export function labelledTable(
  forms: readonly string[],
  sentences: Int32Array,
  inside: ReadonlySet<number>,
  name: string
): string {
  const lines = [`word\t${columnName(name)}`]
  forms.forEach((form, row) => {
    if (row > 0 && sentences[row] !== sentences[row - 1]) lines.push('')
    lines.push(`${form.replace(/[\t\r\n]+/g, ' ')}\t${inside.has(row) ? 'inside' : 'outside'}`)
  })
  return `${lines.join('\n')}\n`
}
