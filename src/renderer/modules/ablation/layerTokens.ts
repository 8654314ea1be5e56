import { isolated } from '@shared/isolated'
import { divergingColor, inkOnColor, sequentialColor } from '@/plots/colorScale'
import { stateName, type FigureForm } from '@/plots/figureForm'
import { drawHeatGrid, type HeatGridDrawing } from '@/plots/heatGrid'

export interface LayerTokens {
  /** [layers + 1, tokens]: a distance, or where `signed`, a difference of two. */
  values: ArrayLike<number>
  tokens: readonly string[]
  /** What the numbers are; over the tokens. */
  title: string
  signed?: boolean
  /** Words before the number of a cell, where it is read. */
  before?: string
  /** Of the picture as a whole. */
  label: string
}

/** One number for every layer and token, the top layer above; 1 and more is as dark as it gets. */
export function drawLayerTokens(
  { values, tokens, title, signed = false, before = '', label }: LayerTokens,
  form: FigureForm
): HeatGridDrawing | null {
  const count = tokens.length
  const layers = values.length / count
  if (form.width < 80 || !Number.isInteger(layers)) return null
  const at = (row: number, column: number): number => values[(layers - 1 - row) * count + column]!
  const scale = signed ? divergingColor(form.theme) : sequentialColor(form.theme)
  // Small changes are seen too: the root spreads the low end.
  const color = (value: number): string =>
    scale(Math.sign(value) * Math.sqrt(Math.min(1, signed ? Math.abs(value) : Math.max(0, value))))
  return drawHeatGrid(document, {
    rows: Array.from({ length: layers }, (_, row) => stateName(form.firstNumber, layers - 1 - row)),
    columns: tokens,
    values: Array.from({ length: layers * count }, (_, i) => at(Math.floor(i / count), i % count)),
    color,
    text: (row, column) => shortNumber(at(row, column)),
    ink: (value) => inkOnColor(color(value)),
    rowTitle: 'layer',
    columnTitle: title,
    width: form.width,
    form,
    cellHeight: 20,
    describe: (row, column) =>
      `${isolated(tokens[column]!)}, layer ${layers - 1 - row}: ${before}${at(row, column).toFixed(3)}`,
    label
  })
}

/** '.25'; nothing for what rounds to 0. */
function shortNumber(value: number): string {
  return Math.abs(value) < 0.005 ? '' : value.toFixed(2).replace(/^(-?)0/, '$1')
}
