import { placeLabels, type ClusterLabel, type Contour } from './clusterLabels'
import type { MarkStyle, ScatterView } from './scatter'
import { svgElement } from './svg'

/** What is written over the points: names of groups, and outlines of density. Either list may be empty. */
export interface ScatterNotes {
  labels: readonly ClusterLabel[]
  contours: readonly Contour[]
}

export const noteFontSize = 11
const outlineOpacity = (share: number): number => (share > 0.9 ? 0.35 : share > 0.6 ? 0.55 : 0.8)

type Size = { width: number; height: number }

/** Draws the notes on a canvas whose unit is a CSS pixel. */
export function drawNotes(
  context: CanvasRenderingContext2D,
  { labels, contours }: ScatterNotes,
  view: ScatterView,
  size: Size,
  { text, surface }: Pick<MarkStyle, 'text' | 'surface'>,
  font: string
): void {
  context.strokeStyle = text
  context.lineWidth = 1
  for (const { share, segments } of contours) {
    context.globalAlpha = outlineOpacity(share) * 0.6
    context.beginPath()
    for (let i = 0; i < segments.length; i += 4) {
      context.moveTo(segments[i]! * view.scale + view.left, view.top - segments[i + 1]! * view.scale)
      context.lineTo(segments[i + 2]! * view.scale + view.left, view.top - segments[i + 3]! * view.scale)
    }
    context.stroke()
  }
  context.globalAlpha = 1
  context.font = `600 ${noteFontSize}px ${font}`
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.lineJoin = 'round'
  for (const { text: words, screenX, screenY } of placeLabels(labels, view, size, noteFontSize)) {
    // An outline in the colour of the page keeps the name legible over points.
    context.lineWidth = 3.5
    context.strokeStyle = surface
    context.strokeText(words, screenX, screenY)
    context.fillStyle = text
    context.fillText(words, screenX, screenY)
  }
}

/** The same as vectors, appended to a figure. */
export function notesSvg(svg: SVGSVGElement, { labels, contours }: ScatterNotes, view: ScatterView, size: Size): void {
  for (const { share, segments } of contours) {
    const steps: string[] = []
    const x = (value: number): string => (value * view.scale + view.left).toFixed(1)
    const y = (value: number): string => (view.top - value * view.scale).toFixed(1)
    for (let i = 0; i < segments.length; i += 4)
      steps.push(`M${x(segments[i]!)} ${y(segments[i + 1]!)}L${x(segments[i + 2]!)} ${y(segments[i + 3]!)}`)
    svgElement(svg, 'path', {
      d: steps.join(''),
      fill: 'none',
      stroke: 'var(--text)',
      'stroke-width': 0.8,
      'stroke-opacity': outlineOpacity(share) * 0.6
    })
  }
  for (const { text, screenX, screenY } of placeLabels(labels, view, size, noteFontSize))
    svgElement(
      svg,
      'text',
      {
        x: screenX,
        y: screenY + 4,
        'text-anchor': 'middle',
        'font-size': noteFontSize,
        'font-weight': 600,
        'font-family': 'var(--font-ui)',
        fill: 'var(--text)',
        stroke: 'var(--surface)',
        'stroke-width': 3,
        'stroke-linejoin': 'round',
        'paint-order': 'stroke'
      },
      text
    )
}
