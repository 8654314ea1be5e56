import { isClear, type MapUnit, type TaskMap, type TaskMapColumn } from '@shared/taskMap'
import type { HeadMapCell, HeadMapPanel } from '@/plots/headMaps'
import type { CsvValue } from '@shared/csv'
import { partTitle, type Part } from './parts'
import { effectText, harm, measured } from './effectWords'

/** Columns of the figure beside the heads. */
export const furtherColumns = [['Attn', 'MLP', 'All'], ['Rnd']] as const
const furtherKinds = ['attention', 'mlp', 'block'] as const

/** A part of the model as the board knows it. */
export function partOf({ kind, block, head }: MapUnit): Part {
  return head === null ? { kind, block } : { kind, block, head }
}

/** Index of the unit in a place of the figure; null for the random directions. */
export function unitAt(map: TaskMap, block: number, column: number): number | null {
  const kind = furtherKinds[column - map.heads]
  const found = map.units.findIndex(
    (unit) => unit.block === block && (column < map.heads ? unit.head === column : unit.kind === kind)
  )
  return found < 0 ? null : found
}

export function placeOf(map: TaskMap, unit: number): { block: number; column: number } {
  const { kind, block, head } = map.units[unit]!
  return { block, column: head ?? map.heads + furtherKinds.indexOf(kind as (typeof furtherKinds)[number]) }
}

/**
 * Harm at the end of a column's scale: the largest of any head, since whole layers would leave nothing to
 * see of heads.
 */
function mostOf(map: TaskMap, column: TaskMapColumn): number {
  return Math.max(
    1e-9,
    ...map.units.map((unit, i) => (unit.kind === 'head' ? Math.abs(column.effects[i]!.difference) : 0))
  )
}

/**
 * The panels of the figure, one for each task.
 * @param sharedScale one scale for all columns of a unit, so that tasks can be compared; otherwise each has its own
 */
export function headMapPanels(map: TaskMap, sharedScale: boolean): HeadMapPanel[] {
  return map.columns.map((column) => {
    const { title, unit, plain, random } = column
    const most = sharedScale
      ? Math.max(...map.columns.filter((other) => other.unit === unit).map((other) => mostOf(map, other)))
      : mostOf(map, column)
    const cells = Array.from({ length: map.layers }, (_, block) => [
      ...Array.from({ length: map.heads + furtherKinds.length }, (_, c): HeadMapCell => {
        const at = unitAt(map, block, c)!
        const effect = column.effects[at]!
        return {
          shade: -harm(column, effect) / most,
          clear: isClear(column, at),
          text: `${partTitle(partOf(map.units[at]!))}: ${effectText(unit, effect)}`
        }
      }),
      randomCell(column, random[block] ?? [], block, most)
    ])
    const sign = column.better === 'higher' ? -1 : 1
    return {
      title,
      note: `${measured(unit, plain)}${unit === 'share' ? ' %' : ''} as the model is`,
      ends: [measured(unit, sign * most, true), measured(unit, -sign * most, true)],
      cells
    }
  })
}

function randomCell(
  column: TaskMapColumn,
  draws: TaskMapColumn['random'][number],
  block: number,
  most: number
): HeadMapCell {
  if (!draws.length) return { shade: NaN, clear: false, text: 'No random directions were drawn' }
  const mean = draws.reduce((sum, { difference }) => sum + difference, 0) / draws.length
  return {
    shade: ((column.better === 'higher' ? 1 : -1) * mean) / most,
    clear: false,
    text:
      `Layer ${block + 1}, as many dimensions as a head along random directions: ` +
      `${measured(column.unit, mean, true)} (mean of ${draws.length} draws)`
  }
}

/** One row for every part and task, random directions last. */
export function mapRows(map: TaskMap): Record<string, CsvValue>[] {
  return map.columns.flatMap(({ id, title, plain, effects, beyondRandom, random, corrected }) => [
    ...map.units.map(({ kind, block, head }, i) => {
      const { value, difference, interval } = effects[i]!
      const beyond = beyondRandom[i]
      return {
        kind,
        block,
        head,
        measure: id,
        title,
        plain,
        value,
        difference,
        low: interval?.[0] ?? null,
        high: interval?.[1] ?? null,
        beyondRandom: beyond?.difference ?? null,
        beyondLow: beyond?.interval?.[0] ?? null,
        beyondHigh: beyond?.interval?.[1] ?? null,
        corrected: corrected?.[i] ?? null
      }
    }),
    ...random.flatMap((draws, block) =>
      draws.map(({ value, difference, interval }) => ({
        kind: 'random',
        block,
        head: null,
        measure: id,
        title,
        plain,
        value,
        difference,
        low: interval?.[0] ?? null,
        high: interval?.[1] ?? null,
        beyondRandom: null,
        beyondLow: null,
        beyondHigh: null,
        corrected: null
      }))
    )
  ])
}
