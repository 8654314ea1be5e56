import { isShare, type KeptSummary } from '@shared/kept'

/** A cell is text, or a number as it is shown. */
export interface Column {
  title: string
  numeric: boolean
  cells: string[]
}

/**
 * One row a result: what it is, its best layer, and the numbers of that layer. Shares are percent. A column that is
 * empty in every row is left out.
 */
export function resultColumns(results: readonly KeptSummary[]): Column[] {
  const best = results.map(({ curve, score }) => curve.find(({ layer }) => layer === score.layer))
  const measures = new Set(results.map(({ score }) => score.measure))
  const shown = (value: number | undefined, i: number): string =>
    value === undefined ? '' : scaled(results[i]!, value)
  const text = (title: string, cell: (result: KeptSummary) => string): Column => ({
    title,
    numeric: false,
    cells: results.map(cell)
  })
  const number = (title: string, cell: (i: number) => string): Column => ({
    title,
    numeric: true,
    cells: results.map((_, i) => cell(i))
  })
  return [
    text('Name', ({ name }) => name),
    text('Model', ({ model }) => model.name),
    text('Data', ({ dataset }) => dataset.name),
    text('Task', ({ task }) => task.title),
    text('Probe', ({ method }) => method),
    ...(measures.size > 1 ? [text('Measure', ({ score }) => score.measure)] : []),
    number('Layer', (i) => String(results[i]!.score.layer ?? '')),
    number(measures.size === 1 ? capital([...measures][0]!) : 'Score', (i) =>
      scaled(results[i]!, results[i]!.score.value)
    ),
    number('95 % interval', (i) => results[i]!.score.interval?.map((end) => scaled(results[i]!, end)).join('-') ?? ''),
    number('Control', (i) => shown(best[i]?.control, i)),
    number('Selectivity', (i) => shown(best[i]?.selectivity, i)),
    number('Codelength (kbit)', (i) => (best[i]?.bits === undefined ? '' : (best[i].bits / 1000).toFixed(1))),
    number('Majority', (i) => shown(results[i]!.majority ?? undefined, i)),
    number('n', (i) => String(results[i]!.items))
  ].filter(({ cells }) => cells.some((cell) => cell !== ''))
}

/** Correlations and R2 stay as they are, shares become percent. */
function scaled({ score }: KeptSummary, value: number): string {
  return isShare(score.measure) ? (value * 100).toFixed(2) : value.toFixed(3)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
