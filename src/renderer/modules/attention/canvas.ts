import { rgb } from 'd3-color'
import type { Rgb } from '@/plots/attentionMatrix'
import { widestText } from '@/plots/canvasText'

/** What the view's canvases need of the document: colours as channels, pixels as a picture, widths of labels. */

/** Channels of a CSS colour, from 0 to 255. */
export function rgbOf(colour: string): Rgb {
  const { r, g, b } = rgb(colour)
  return [r, g, b]
}

/** A canvas that holds these pixels and is never shown: pictures are drawn from it at any size. */
export function pixelCanvas(pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  if (width > 0 && height > 0) canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
  return canvas
}

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
