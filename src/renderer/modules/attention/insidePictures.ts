import { insideKind, siteWords, type InsideRouting, type InsideSeries, type SentenceInside } from '@shared/inside'
import { isolated } from '@shared/isolated'
import { hasValues, type ModelInfo } from '@shared/model'
import { inkOnColor } from '@/plots/colorScale'
import type { HeatGridOptions } from '@/plots/heatGrid'

/** What the view can show of a sentence: attention maps, or a picture of what else is inside the layers. */
export type Picture = 'maps' | 'gates' | 'states' | 'experts'

type Valued = Pick<ModelInfo, 'values'>

/** The pictures that a model has, in the order in which they are offered. */
export function picturesOf(model: Valued): { value: Picture; title: string; hint: string }[] {
  const inside = new Set(model.values.map(insideKind))
  const maps = hasValues(model, 'attention')
  return [
    ...(maps ? [{ value: 'maps' as const, title: 'Maps', hint: 'What each head attends to' }] : []),
    ...(inside.has('gate')
      ? [{ value: 'gates' as const, title: 'Gates', hint: 'How far each gate is open, by layer and token' }]
      : []),
    ...(inside.has('state') || !maps
      ? [{ value: 'states' as const, title: 'States', hint: 'Norms of states, by layer and token' }]
      : []),
    ...(inside.has('router')
      ? [{ value: 'experts' as const, title: 'Experts', hint: 'The experts that each token goes through' }]
      : [])
  ]
}

const offers: Readonly<Record<Exclude<Picture, 'maps'>, string>> = {
  gates: 'its gates',
  states: 'the norms of its states',
  experts: 'the experts of its routers'
}

/** Why a model has no maps, and what is shown in their place; empty for one that has them. */
export function withoutMaps(model: ModelInfo): string {
  const pictures = picturesOf(model).map(({ value }) => value)
  if (pictures.includes('maps')) return ''
  const shown = pictures.map((picture) => offers[picture as keyof typeof offers])
  const list = shown.length > 1 ? `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}` : shown[0]!
  return `${model.familyTitle} has no attention, so it has no maps; shown instead: ${list}.`
}

/** The series of a picture. */
export function seriesOf({ series }: SentenceInside, picture: Picture): InsideSeries[] {
  return series.filter(({ kind }) => (picture === 'gates' ? kind === 'gate' : kind !== 'gate'))
}

/** What a cell of a picture is about: a layer, and the place of a token. */
export interface InsideCell {
  layer: number
  token: number
}

/** A picture ready to be drawn, with the numbers behind it. */
export interface InsideFigure {
  grid: Omit<HeatGridOptions, 'width'>
  rows: Record<string, string | number>[]
  cellOf(row: number, column: number): InsideCell
}

/** How a figure is coloured, and what is marked in it. */
export interface InsideLook {
  scale: (share: number) => string
  marked: (cell: InsideCell) => boolean
}

const number = (value: number): string => (value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 3))

/** Layers, the top one first, by tokens: a gate or a norm. @param tokens as they are shown */
export function seriesFigure(series: InsideSeries, tokens: readonly string[], look: InsideLook): InsideFigure {
  const { layers, values, kind, site } = series
  const { title, direction } = siteWords(site)
  const count = tokens.length
  const order = layers.map((_, row) => layers.length - 1 - row)
  const shown = order.flatMap((row) => [...values.data.subarray(row * count, (row + 1) * count)])
  const largest = Math.max(...shown, 1e-12)
  const measure = kind === 'gate' ? 'mean magnitude' : 'norm'
  const name = [title, direction].filter(Boolean).join(', ')
  const cellOf = (row: number, token: number): InsideCell => ({ layer: layers[order[row]!]!, token })
  return {
    grid: {
      rows: order.map((row) => String(layers[row])),
      columns: tokens,
      values: shown,
      color: (value) => look.scale(value / largest),
      rowTitle: 'layer',
      columnTitle: `${name}: ${measure}`,
      describe: (row, column) =>
        `Layer ${cellOf(row, column).layer} at ${isolated(tokens[column]!)}: ${name} ` +
        number(shown[row * count + column]!),
      marked: (row, column) => look.marked(cellOf(row, column)),
      key: { ends: ['0', number(largest)], from: 0, to: largest },
      label: `${name} by layer and token, ${measure}`
    },
    rows: layers.flatMap((layer, row) =>
      tokens.map((token, position) => ({
        value: site,
        layer,
        position,
        token,
        [kind]: values.data[row * count + position]!
      }))
    ),
    cellOf
  }
}

/** The experts of one layer by tokens. */
export function expertFigure(routing: InsideRouting, tokens: readonly string[], look: InsideLook): InsideFigure {
  const { layer, site, weights } = routing
  const experts = weights.shape[1]!
  const weightOf = (expert: number, token: number): number => weights.data[token * experts + expert]!
  // Of many experts a sentence uses few.
  const used = Array.from({ length: experts }, (_, expert) => expert).filter(
    (expert) => experts <= 16 || tokens.some((_, token) => weightOf(expert, token) !== 0)
  )
  const shown = used.flatMap((expert) => tokens.map((_, token) => weightOf(expert, token)))
  const largest = Math.max(...shown, 1e-12)
  const color = (value: number): string => look.scale(Math.max(0, value) / largest)
  const leftOut = experts - used.length
  const { title } = siteWords(site)
  return {
    grid: {
      rows: used.map((expert) => String(expert + 1)),
      columns: tokens,
      values: shown,
      color,
      text: (row, column) => weightText(weightOf(used[row]!, column)),
      ink: (value) => inkOnColor(color(value)),
      rowTitle: 'expert',
      columnTitle:
        `${title} of layer ${layer}: weight of each for a token` +
        (leftOut ? `; ${leftOut} that no token uses are left out` : ''),
      cellWidth: 28,
      describe: (row, column) =>
        `Expert ${used[row]! + 1} at ${isolated(tokens[column]!)}: ` +
        (weightOf(used[row]!, column) === 0 ? 'not used' : `weight ${number(weightOf(used[row]!, column))}`),
      marked: (_row, column) => look.marked({ layer, token: column }),
      key: { ends: ['0', number(largest)], from: 0, to: largest },
      label: `${title} of layer ${layer} by token, weights`
    },
    rows: routingRows([routing], tokens),
    cellOf: (_row, token) => ({ layer, token })
  }
}

/** Which experts each token goes through at every layer, the top one first; the cell is as dark as the first counts. */
export function routingFigure(
  all: readonly InsideRouting[],
  tokens: readonly string[],
  look: InsideLook
): InsideFigure {
  const layers = [...all].reverse()
  const cells = layers.map(({ weights }) => {
    const experts = weights.shape[1]!
    return tokens.map((_, token) =>
      Array.from(weights.data.subarray(token * experts, (token + 1) * experts), (weight, expert) => ({
        weight,
        expert
      }))
        .filter(({ weight }) => weight !== 0)
        .sort((a, b) => b.weight - a.weight)
    )
  })
  const shown = cells.flatMap((row) => row.map(([first]) => first?.weight ?? NaN))
  const largest = Math.max(...shown.filter((value) => !Number.isNaN(value)), 1e-12)
  const color = (value: number): string => look.scale(Math.max(0, value) / largest)
  const cellOf = (row: number, token: number): InsideCell => ({ layer: layers[row]!.layer, token })
  const { title } = siteWords(all[0]!.site)
  return {
    grid: {
      rows: layers.map(({ layer }) => String(layer)),
      columns: tokens,
      values: shown,
      color,
      text: (row, column) => cells[row]![column]!.map(({ expert }) => expert + 1).join(' '),
      ink: (value) => inkOnColor(color(value)),
      rowTitle: 'layer',
      columnTitle: `${title} that each token goes through, the first in weight first; shaded by its weight`,
      cellWidth: 34,
      describe: (row, column) =>
        `Layer ${cellOf(row, column).layer} at ${isolated(tokens[column]!)}: ` +
        (cells[row]![column]!.map(({ expert, weight }) => `expert ${expert + 1} ${number(weight)}`).join(', ') ||
          'no expert'),
      marked: (row, column) => look.marked(cellOf(row, column)),
      key: { ends: ['0', number(largest)], from: 0, to: largest },
      label: `${title} by layer and token`
    },
    rows: routingRows(all, tokens),
    cellOf
  }
}

function weightText(weight: number): string {
  return weight === 0 ? '' : weight.toFixed(2).replace(/^0/, '')
}

function routingRows(all: readonly InsideRouting[], tokens: readonly string[]): Record<string, string | number>[] {
  return all.flatMap(({ site, layer, weights }) =>
    tokens.flatMap((token, position) =>
      Array.from({ length: weights.shape[1]! }, (_, expert) => ({
        value: site,
        layer,
        position,
        token,
        expert: expert + 1,
        weight: weights.data[position * weights.shape[1]! + expert]!
      }))
    )
  )
}
