import type { LogitLens } from '@shared/ablation'
import { isolated } from '@shared/isolated'
import { inkOnColor, sequentialColor } from '@/plots/colorScale'
import { stateName, type FigureForm } from '@/plots/figureForm'
import { drawHeatGrid, type HeatGridDrawing } from '@/plots/heatGrid'

export interface LensGridOptions {
  /** The tokens of the sentence as they are shown. */
  tokens: readonly string[]
  /** A guessed token as it is shown. */
  spell: (token: string) => string
  /** Cells with a ring. */
  marked?: (layer: number, token: number) => boolean
}

/**
 * What a lens reads: rows from the top layer down, of the watched word if there is one, else of the most
 * probable token.
 */
export function drawLens(
  lens: LogitLens,
  { tokens, spell, marked }: LensGridOptions,
  form: FigureForm
): HeatGridDrawing {
  const layers = lens.best.length
  const follow = lens.watched[0]
  const scale = sequentialColor(form.theme)
  const color = (value: number): string => scale(Math.sqrt(Math.min(1, value)))
  const cell = (row: number, column: number): { probability: number; text: string; rank: number | null } => {
    const layer = layers - 1 - row
    if (!follow) {
      const { probability, text } = lens.best[layer]![column]!
      return { probability, text: spell(text), rank: null }
    }
    const rank = follow.rank.data[layer * tokens.length + column]!
    const probability = Math.exp(follow.logProbability.data[layer * tokens.length + column]!)
    return { probability, text: String(rank), rank }
  }
  return drawHeatGrid(document, {
    rows: Array.from({ length: layers }, (_, row) => stateName(form.firstNumber, layers - 1 - row)),
    columns: tokens,
    values: Array.from(
      { length: layers * tokens.length },
      (_, i) => cell(Math.floor(i / tokens.length), i % tokens.length).probability
    ),
    color,
    text: (row, column) => cell(row, column).text,
    ink: (value) => inkOnColor(color(value)),
    rowTitle: 'layer',
    columnTitle: follow
      ? `Rank of ‘${isolated(spell(follow.text))}’, shaded by its probability`
      : 'Most probable token at each layer, shaded by its probability',
    width: form.width,
    form,
    cellHeight: 22,
    cellWidth: follow ? 30 : 46,
    ...(marked && { marked: (row: number, column: number) => marked(layers - 1 - row, column) }),
    describe: (row, column) => {
      const { probability, text, rank } = cell(row, column)
      return (
        `Layer ${layers - 1 - row} at ${isolated(tokens[column]!)}: ` +
        `${rank === null ? isolated(text) : `rank ${rank}`}, ${(probability * 100).toFixed(2)} %`
      )
    },
    label: follow
      ? `Rank of ${isolated(spell(follow.text))} by layer and token`
      : 'Most probable token by layer and position'
  })
}
