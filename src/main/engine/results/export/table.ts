import { layersRead } from '@shared/probeSetUp'
import { isOfMix, isShare, resultTitles, type ListedResult, type ResultScore } from '@shared/results'

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
export function resultColumns(results: readonly ListedResult[]): Column[] {
  const best = results.map(({ summary: { curve, score } }) => curve.find(({ layer }) => layer === score?.layer))
  const measures = new Set(results.flatMap(({ summary: { score } }) => score?.measure ?? []))
  const scoreOf = (i: number): ResultScore | null => results[i]!.summary.score
  const shown = (value: number | undefined, i: number): string =>
    value === undefined ? '' : scaled(results[i]!, value)
  const text = (title: string, cell: (result: ListedResult) => string): Column => ({
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
    text('Model', ({ subject }) => subject.model.name),
    text('Data', ({ subject }) => subject.data.name),
    text('Task', ({ subject, kind }) => subject.task?.title ?? resultTitles[kind]),
    text('Probe', ({ summary }) => summary.method),
    ...(measures.size > 1 ? [text('Measure', ({ summary }) => summary.score?.measure ?? '')] : []),
    number('Layer', (i) => layerText(results[i]!)),
    number(measures.size === 1 ? capital([...measures][0]!) : 'Score', (i) => shown(scoreOf(i)?.value, i)),
    number(
      '95 % interval',
      (i) =>
        scoreOf(i)
          ?.interval?.map((end) => shown(end, i))
          .join('-') ?? ''
    ),
    number('Control', (i) => shown(best[i]?.control, i)),
    number('Selectivity', (i) => shown(best[i]?.selectivity, i)),
    number('Codelength (kbit)', (i) => (best[i]?.bits === undefined ? '' : (best[i].bits / 1000).toFixed(1))),
    number('Majority', (i) => shown(results[i]!.summary.majority ?? undefined, i)),
    number('n', (i) => String(results[i]!.summary.items ?? ''))
  ].filter(({ cells }) => cells.some((cell) => cell !== ''))
}

/** Of a mix, the layers in it. */
function layerText(result: ListedResult): string {
  const layer = result.summary.score?.layer ?? null
  return layer === null ? '' : layersRead(!isOfMix(result), layer).replace(/^layers? /, '')
}

/** Correlations and R2 stay as they are, shares become percent. */
function scaled({ summary }: ListedResult, value: number): string {
  return isShare(summary.score?.measure ?? '') ? (value * 100).toFixed(2) : value.toFixed(3)
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
