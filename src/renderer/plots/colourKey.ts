import { svgElement, textWidth } from './svg'

const steps = 11
const step = 9

/** Height that a key takes. */
export const keyHeight = 12

/**
 * A scale in words and steps of colour: no gradient, which an export would have to name.
 * @param colorAt of a place on the scale, from 0 to 1
 */
export function drawColourKey(
  parent: SVGElement,
  x: number,
  y: number,
  [low, high]: readonly [string, string],
  colorAt: (share: number) => string
): void {
  const start = x + textWidth(low, 10) + 6
  const text = (at: number, words: string): void => {
    svgElement(parent, 'text', { x: at, y: y + 8, 'font-size': 10, fill: 'var(--text-faint)' }, words)
  }
  text(x, low)
  for (let i = 0; i < steps; i++)
    svgElement(parent, 'rect', { x: start + i * step, y, width: step, height: 9, fill: colorAt(i / (steps - 1)) })
  text(start + steps * step + 6, high)
}
