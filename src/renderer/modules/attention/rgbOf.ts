import { rgb } from 'd3-color'
import type { Rgb } from '@/plots/attentionMatrix'

/** Channels of a CSS colour, from 0 to 255. */
export function rgbOf(colour: string): Rgb {
  const { r, g, b } = rgb(colour)
  return [r, g, b]
}
