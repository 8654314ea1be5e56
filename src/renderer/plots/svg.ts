import { isolated } from '@shared/isolated'

export type SvgAttributes = Record<string, string | number | null | undefined>

const namespace = 'http://www.w3.org/2000/svg'

/**
 * Makes an SVG element inside `parent`, or a free one when a document is given. Numbers are written with at most three
 * decimals, so that the same data give the same picture to the letter; attributes that are null or undefined are left
 * out.
 *
 * Colours are passed as `var(--token)`: a theme change then needs no new drawing, and the export writes what they
 * compute to.
 */
export function svgElement<K extends keyof SVGElementTagNameMap>(
  parent: Document | SVGElement,
  name: K,
  attributes: SvgAttributes = {},
  text?: string
): SVGElementTagNameMap[K] {
  const document = 'ownerDocument' in parent && parent.ownerDocument ? parent.ownerDocument : (parent as Document)
  const element = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined) continue
    element.setAttribute(key, typeof value === 'number' ? String(round(value)) : value)
  }
  if (text !== undefined) element.textContent = isolated(text)
  if (element.ownerDocument !== parent) (parent as SVGElement).append(element)
  return element
}

/** A picture of `width` x `height` units, named for screen readers by `label`. */
export function svgRoot(document: Document, width: number, height: number, label: string): SVGSVGElement {
  return svgElement(document, 'svg', {
    width,
    height,
    viewBox: `0 0 ${round(width)} ${round(height)}`,
    role: 'img',
    'aria-label': label
  })
}

/** Three decimals of a unit are far below a pixel. */
export function round(value: number): number {
  return Math.round(value * 1000) / 1000
}

/** Characters as wide as they are tall: ideographs, kana, hangul. */
const fullWidth = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/g

/** Pixels a text takes in the interface font, near enough to reserve room for it. */
export function textWidth(text: string, fontSize: number): number {
  const wide = text.match(/[A-Z%@–→mwMW]/g)?.length ?? 0
  const narrow = text.match(/[ .,:;'|ijlIt1()]/g)?.length ?? 0
  const square = text.match(fullWidth)?.length ?? 0
  const marks = text.match(/\p{M}/gu)?.length ?? 0
  return ((text.length - marks) * 0.57 + wide * 0.12 + square * 0.45 - narrow * 0.24) * fontSize
}

/**
 * Moves labels that would overlap apart, keeping their order and staying between `low` and `high`.
 * @param positions wanted centres, in any order
 * @returns the centres to use, in the order given
 */
export function spreadLabels(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((_, index) => index).sort((a, b) => positions[a]! - positions[b]! || a - b)
  const placed = order.map((index) => Math.min(high, Math.max(low, positions[index]!)))
  for (let i = 1; i < placed.length; i++) placed[i] = Math.max(placed[i]!, placed[i - 1]! + gap)
  let limit = high
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i]!, limit)
    limit = placed[i]! - gap
  }
  const result = new Array<number>(positions.length)
  order.forEach((index, place) => (result[index] = placed[place]!))
  return result
}
