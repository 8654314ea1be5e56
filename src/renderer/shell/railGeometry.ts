import { hiddenStateHook } from '@shared/hookNames'
import type { Interval, ProbeResult } from '@shared/probe'
import type { SentenceAnalysis } from '@shared/sentence'

/** What is known at one layer. */
export interface RailStop {
  layer: number
  hook: string
  x: number
  probe: {
    accuracy: number
    interval: Interval
    control: number | null
    selectivity: number | null
    y: number
    controlY: number | null
    best: boolean
  } | null
  /** Cosine distance of the chosen token from the layer below; null for layer 0 and without a token. */
  movement: number | null
  /** Whether its number is written: not all fit on a deep model's rail. */
  labelled: boolean
  /** Whether its stop has its number, and the radius that leaves room between stops. */
  numbered: boolean
  radius: number
}

/** Vertical plan of the rail, in pixels from its top; a low window shows what is below `lowTop` alone. */
export const railPlan = {
  height: 112,
  plotTop: 24,
  plotBottom: 61,
  track: 84,
  caption: 107,
  side: 22,
  lowTop: 60
} as const

/** Room a written accuracy needs. */
const labelWidth = 30
/** Room a stop with its number needs. */
const stopWidth = 17
/** A step of this cosine distance or more swells the track to its full width. */
const fullMovement = 0.6
const thinTrack = 3
const fullTrack = 15

export function stopX(layer: number, layers: number, width: number): number {
  const inner = Math.max(0, width - 2 * railPlan.side)
  return layers === 0 ? width / 2 : railPlan.side + (inner * layer) / layers
}

/** The layer whose stop is nearest to `x`. */
export function layerAt(x: number, layers: number, width: number): number {
  const inner = Math.max(1, width - 2 * railPlan.side)
  return Math.min(layers, Math.max(0, Math.round(((x - railPlan.side) / inner) * layers)))
}

export function railStops(
  layers: number,
  width: number,
  selected: number,
  probe: ProbeResult | null,
  movement: readonly (number | null)[]
): RailStop[] {
  const byLayer = new Map(probe?.layers.map((result) => [result.layer, result]))
  const best = probe ? Math.max(...probe.layers.map((result) => result.accuracy)) : 0
  const y = accuracyScale(probe)
  const spacing = layers === 0 ? width : (width - 2 * railPlan.side) / layers
  const bestLayer = probe?.layers.find((result) => result.accuracy === best)?.layer ?? null
  const labelled = labelledLayers(layers, Math.ceil(labelWidth / Math.max(1, spacing)), selected, bestLayer)
  const numbered = labelledLayers(layers, Math.ceil(stopWidth / Math.max(1, spacing)), selected, null)
  return Array.from({ length: layers + 1 }, (_, layer) => {
    const result = byLayer.get(layer)
    return {
      layer,
      hook: hiddenStateHook(layer),
      x: stopX(layer, layers, width),
      probe: result
        ? {
            accuracy: result.accuracy,
            interval: result.accuracyInterval,
            control: result.control?.accuracy ?? null,
            selectivity: result.selectivity ?? null,
            y: y(result.accuracy),
            controlY: result.control ? y(result.control.accuracy) : null,
            best: layer === bestLayer
          }
        : null,
      movement: layer === 0 ? null : (movement[layer] ?? null),
      labelled: labelled.has(layer),
      numbered: numbered.has(layer),
      radius: numbered.has(layer) ? 9 : Math.min(9, Math.max(2, spacing / 2 - 1))
    }
  })
}

/**
 * Layers whose number is written, at least `apart` layers from each other: the chosen one, the best one, then whichever
 * fit from the left.
 */
function labelledLayers(layers: number, apart: number, selected: number, best: number | null): Set<number> {
  const chosen = new Set<number>()
  for (const layer of [
    selected,
    ...(best === null ? [] : [best]),
    ...Array.from({ length: layers + 1 }, (_, index) => index)
  ]) {
    if ([...chosen].every((other) => other === layer || Math.abs(other - layer) >= apart)) chosen.add(layer)
  }
  return chosen
}

/**
 * From the lowest value drawn, rounded down, to the highest, rounded up: the distance between accuracy and control
 * stays readable.
 */
function accuracyScale(probe: ProbeResult | null): (share: number) => number {
  const values =
    probe?.layers.flatMap((result) =>
      result.control ? [result.accuracy, result.control.accuracy] : [result.accuracy]
    ) ?? []
  const low = Math.max(0, Math.floor((Math.min(...values) - 0.02) * 20) / 20)
  const high = Math.min(1, Math.ceil((Math.max(...values) + 0.005) * 50) / 50)
  const span = Math.max(0.05, high - low)
  return (share) => railPlan.plotBottom - ((share - low) / span) * (railPlan.plotBottom - railPlan.plotTop)
}

/** Movement of one token through the layers: row by row of `analysis.movement`. */
export function movementOf(analysis: SentenceAnalysis | null, token: number | null): (number | null)[] {
  if (!analysis || token === null || token < 0) return []
  const [rows = 0, tokens = 0] = analysis.movement.shape
  return Array.from({ length: rows }, (_, layer) => analysis.movement.data[layer * tokens + token] ?? null)
}

/** Thickness of the track where the token moved by this cosine distance. */
export function trackThickness(movement: number | null): number {
  if (movement === null) return thinTrack
  return thinTrack + (fullTrack - thinTrack) * Math.min(1, Math.max(0, movement) / fullMovement)
}

/** Outline of the track between two stops: thin at the stops, widest half way. */
export function segmentPath(x0: number, x1: number, y: number, thickness: number): string {
  const thin = thinTrack / 2
  const wide = thickness / 2
  const bend = (x1 - x0) * 0.28
  const middle = (x0 + x1) / 2
  return [
    `M${x0} ${y - thin}`,
    `C${x0 + bend} ${y - thin} ${middle - bend} ${y - wide} ${middle} ${y - wide}`,
    `S${x1 - bend} ${y - thin} ${x1} ${y - thin}`,
    `L${x1} ${y + thin}`,
    `C${x1 - bend} ${y + thin} ${middle + bend} ${y + wide} ${middle} ${y + wide}`,
    `S${x0 + bend} ${y + thin} ${x0} ${y + thin}Z`
  ].join('')
}
