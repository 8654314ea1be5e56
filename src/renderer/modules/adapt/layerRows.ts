import { layerName, type FinetuneEstimate } from '@shared/finetune'
import type { LayerSchedule } from '@shared/finetuneRequests'
import { formatCount } from '@/plots/format'

/** When one layer trains, in epochs [from, to) of the task, and at which rate. */
export interface LayerRow {
  layer: number
  from: number
  to: number
  rate: number
}

type Cost = Pick<FinetuneEstimate, 'strip' | 'stages' | 'epochSteps'>

/** Updates before the task, of what is trained first. */
export function updatesBefore({ strip, stages, epochSteps }: Cost, epochs: number): number {
  return (strip.at(-1)?.to ?? 0) - stages * epochs * epochSteps
}

/** The layers of a run of one stage, embeddings first. */
export function layerRows(cost: Cost, epochs: number): LayerRow[] {
  const first = updatesBefore(cost, epochs)
  const task = cost.strip.filter(({ from }) => from >= first)
  const epoch = (step: number): number => Math.round((step - first) / cost.epochSteps)
  const layers = (cost.strip[0]?.rates.length ?? 1) - 1
  return Array.from({ length: layers }, (_, layer) => {
    const trained = task.filter(({ rates }) => rates[layer]! > 0)
    if (trained.length === 0) return { layer, from: 0, to: 0, rate: 0 }
    return { layer, from: epoch(trained[0]!.from), to: epoch(trained.at(-1)!.to), rate: trained[0]!.rates[layer]! }
  })
}

/** The rows as a schedule changes them. A layer that was frozen gets the highest rate until the engine says its own. */
export function scheduledRows(rows: readonly LayerRow[], schedule: LayerSchedule, epochs: number): LayerRow[] {
  const highest = Math.max(...rows.map(({ rate }) => rate))
  return rows.map((row) => {
    const edit = schedule.find(({ layer }) => layer === row.layer)
    if (!edit) return row
    const [from, to] = [edit.from, Math.min(edit.to ?? epochs, epochs)]
    return { layer: row.layer, from, to: Math.max(from, to), rate: edit.rate ?? (row.rate || highest) }
  })
}

/** The strip that the rows make, with what comes before the task, and the head, as they were. */
export function stripOfRows(cost: Cost, rows: readonly LayerRow[], epochs: number): FinetuneEstimate['strip'] {
  const first = updatesBefore(cost, epochs)
  const strip = cost.strip.filter(({ to }) => to <= first)
  for (let epoch = 0; epoch < epochs; epoch++) {
    const from = first + epoch * cost.epochSteps
    const head = cost.strip.find((part) => part.from <= from && from < part.to)?.rates.at(-1) ?? 0
    const rates = [...rows.map((row) => (epoch >= row.from && epoch < row.to ? row.rate : 0)), head]
    const last = strip.at(-1)
    if (last && last.from >= first && last.rates.every((rate, i) => rate === rates[i])) last.to = from + cost.epochSteps
    else strip.push({ from, to: from + cost.epochSteps, rates })
  }
  return strip
}

/** A schedule with a layer as the row says; a rate that was never changed is left to the engine. */
export function withRow(
  schedule: LayerSchedule,
  row: LayerRow,
  changed: 'times' | 'rate',
  epochs: number
): LayerSchedule {
  const frozen = row.from >= row.to
  const earlier = schedule.find(({ layer }) => layer === row.layer)
  const rate = changed === 'rate' ? row.rate : (earlier?.rate ?? null)
  const next = frozen
    ? { layer: row.layer, from: 0, to: 0, rate: null }
    : { layer: row.layer, from: row.from, to: row.to >= epochs ? null : row.to, rate }
  return [...schedule.filter(({ layer }) => layer !== row.layer), next].sort((a, b) => a.layer - b.layer)
}

/** A rate some steps up or down, four to the double, written with two digits. */
export function steppedRate(rate: number, steps: number): number {
  return Math.min(10, Number((rate * 2 ** (steps / 4)).toPrecision(2)))
}

/** 'block 3: epochs 2 to 4, rate 0.0001'; epochs are counted from 1 here. */
export function rowText({ layer, from, to, rate }: LayerRow, layers: number): string {
  const when =
    from >= to
      ? 'frozen'
      : `${to - from === 1 ? `epoch ${formatCount(to)}` : `epochs ${formatCount(from + 1)} to ${formatCount(to)}`}, ` +
        `rate ${Number(rate.toPrecision(2))}`
  return `${layerName(layer, layers)}: ${when}`
}
