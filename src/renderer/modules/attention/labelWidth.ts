import { widestText } from '@/plots/canvasText'

let context: CanvasRenderingContext2D | null = null

/**
 * Pixels the widest of the labels takes in a CSS font; no label is measured beyond the length at which it is cut
 * anyway.
 */
export function labelWidth(labels: readonly string[], font: string): number {
  context ??= document.createElement('canvas').getContext('2d')
  if (!context) return 60
  context.font = font
  return widestText(
    context,
    labels.map((label) => label.slice(0, 60))
  )
}
