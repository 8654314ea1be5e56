import { isOfMix, isShare, type ListedResult } from '@shared/results'
import { resultColumns } from './table'

/** Columns with the same value in every row go to the caption. */
const forCaption = new Set(['Model', 'Data', 'Task', 'Probe'])

/** A table in the form of the package booktabs, one row a result. */
export function latexTable(results: readonly ListedResult[]): string {
  const columns = resultColumns(results)
  const same =
    results.length > 1 ? columns.filter(({ title, cells }) => forCaption.has(title) && new Set(cells).size === 1) : []
  const varying = columns.filter((column) => !same.includes(column))
  const shares = results.every(({ summary }) => isShare(summary.score?.measure ?? '')) ? ' Scores are percent.' : ''
  const about = same.map(({ title, cells }) => `${title}: ${escapeLatex(cells[0]!)}`)
  const line = (cells: readonly string[]): string => `    ${cells.join(' & ')} \\\\`
  return [
    '% needs \\usepackage{booktabs}',
    '\\begin{table}',
    '  \\centering',
    `  \\caption{Best layer${results.some(isOfMix) ? ', or mix of layers,' : ''}` +
      ` of each result${about.length > 0 ? ` (${about.join('; ')})` : ''}.${shares} ` +
      `Intervals are 95\\,\\% intervals.}`,
    `  \\begin{tabular}{${varying.map(({ numeric }) => (numeric ? 'r' : 'l')).join('')}}`,
    '    \\toprule',
    line(varying.map(({ title }) => escapeLatex(title))),
    '    \\midrule',
    ...results.map((_, row) =>
      line(
        varying.map(({ title, cells }) =>
          title === '95 % interval' ? cells[row]!.replace(/(?<=\d)-(?=-?\d)/, '--') : escapeLatex(cells[row]!)
        )
      )
    ),
    '    \\bottomrule',
    '  \\end{tabular}',
    '\\end{table}',
    ''
  ].join('\n')
}

/** Text as LaTeX sets it: its ten special characters, and quotes and angle brackets of the usual encodings. */
export function escapeLatex(text: string): string {
  return text.replace(/[\\{}$&#%_^~<>"|]/g, (character) => escapes[character]!)
}

const escapes: Record<string, string> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '^': '\\textasciicircum{}',
  '~': '\\textasciitilde{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '"': '\\textquotedbl{}',
  '|': '\\textbar{}'
}
