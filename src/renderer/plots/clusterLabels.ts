import { densityExtent, densityOf, levelHolding, outlineAt, peaksOf } from './density'
import { toScreen, type ScatterView } from './scatter'
import { textWidth } from './svg'

/** The name of a group of points where they are densest. */
export interface ClusterLabel {
  text: string
  x: number
  y: number
  /** Class that it names, -1 for words. */
  classId: number
  /** Points that it stands for: what more are named first. */
  weight: number
}

/** Outlines of density in layout coordinates, and the share of the points inside each. */
export interface Contour {
  share: number
  segments: Float32Array
}

/** Shares of the points that outlines hold. */
const contourShares = [0.95, 0.8, 0.5]
/** Fewer points of a class than this are not named. */
const fewest = 20
/** A further peak of a class is named as well if it is this high beside its highest. */
const secondPeak = 0.4
const peakDistance = 8
/** Density peaks that are named by words. */
const mostPeaks = 30
const wordsOfPeak = 2

/** Outlines around the smallest regions that hold half, four fifths and nearly all of the points. */
export function contoursOf(positions: Float32Array, keep: ((point: number) => boolean) | null): Contour[] {
  const density = densityOf(positions, densityExtent(positions), keep)
  return contourShares.map((share) => ({ share, segments: outlineAt(density, levelHolding(density, share)) }))
}

/** Names of classes at the peaks of their densities. */
export function classLabels(
  positions: Float32Array,
  classes: Int32Array,
  nameOf: (classId: number) => string
): ClusterLabel[] {
  const extent = densityExtent(positions)
  const counts = new Map<number, number>()
  for (const id of classes) if (id >= 0) counts.set(id, (counts.get(id) ?? 0) + 1)
  return [...counts]
    .filter(([, count]) => count >= fewest)
    .flatMap(([classId, count]) => {
      const peaks = peaksOf(
        densityOf(positions, extent, (point) => classes[point] === classId),
        peakDistance,
        secondPeak
      )
      return peaks.slice(0, 3).map(({ x, y, height }) => ({
        text: nameOf(classId),
        x,
        y,
        classId,
        weight: (count * height) / peaks[0]!.height
      }))
    })
}

/**
 * The words that are typical of the densest places: those that are frequent there and rare elsewhere, by the log
 * likelihood of the difference weighted by frequency.
 * @param forms of every point
 */
export function wordLabels(positions: Float32Array, forms: readonly string[]): ClusterLabel[] {
  const extent = densityExtent(positions)
  const peaks = peaksOf(densityOf(positions, extent, null), peakDistance).slice(0, mostPeaks)
  const overall = new Map<string, number>()
  for (const form of forms) overall.set(form, (overall.get(form) ?? 0) + 1)
  const radius = (peakDistance / 2) * extent.cell
  return peaks.flatMap(({ x, y }) => {
    const here = new Map<string, number>()
    let count = 0
    forms.forEach((form, point) => {
      if (Math.hypot(positions[2 * point]! - x, positions[2 * point + 1]! - y) > radius) return
      here.set(form, (here.get(form) ?? 0) + 1)
      count++
    })
    if (count < fewest) return []
    const typical = [...here]
      .filter(([, times]) => times > 1)
      .map(([form, times]) => ({
        form,
        score: times * Math.log(times / count / (overall.get(form)! / forms.length))
      }))
      .sort((a, b) => b.score - a.score)
    if (!typical.length) return []
    const text = typical
      .slice(0, wordsOfPeak)
      .map(({ form }) => form)
      .join(', ')
    return [{ text, x, y, classId: -1, weight: count }]
  })
}

/** A label with its place on screen. */
export interface PlacedLabel extends ClusterLabel {
  screenX: number
  screenY: number
  width: number
}

const lineHeight = 15

/** The labels that have room on screen, the weightiest first. */
export function placeLabels(
  labels: readonly ClusterLabel[],
  view: ScatterView,
  { width, height }: { width: number; height: number },
  fontSize: number
): PlacedLabel[] {
  const placed: PlacedLabel[] = []
  for (const label of labels.toSorted((a, b) => b.weight - a.weight)) {
    const [screenX, screenY] = toScreen(view, label.x, label.y)
    const wide = textWidth(label.text, fontSize) + 6
    if (screenX < wide / 2 || screenX > width - wide / 2 || screenY < lineHeight || screenY > height - lineHeight)
      continue
    const isFree = placed.every(
      (other) =>
        Math.abs(other.screenX - screenX) > (other.width + wide) / 2 || Math.abs(other.screenY - screenY) > lineHeight
    )
    if (isFree) placed.push({ ...label, screenX, screenY, width: wide })
  }
  return placed
}
