import { round } from './svg'

/** The properties that carry a figure's look, all of which exist as SVG attributes. */
const inlined = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-opacity',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'opacity',
  'font-size',
  'font-weight',
  'font-style',
  'letter-spacing',
  'text-anchor',
  'dominant-baseline',
  'visibility',
  'paint-order'
] as const

const initial: Partial<Record<(typeof inlined)[number], string>> = {
  'fill-opacity': '1',
  'stroke-opacity': '1',
  'stroke-dasharray': 'none',
  'stroke-linecap': 'butt',
  'stroke-linejoin': 'miter',
  opacity: '1',
  'font-style': 'normal',
  'letter-spacing': 'normal',
  'text-anchor': 'start',
  'dominant-baseline': 'auto',
  visibility: 'visible',
  'paint-order': 'normal'
}

export interface DocumentOptions {
  /** Of the document, in pixels of the drawing, which is placed at its top in the middle. */
  width: number
  height: number
  /** What the document says of itself as a picture: 'width' and 'height' with a unit. */
  printed: { width: string; height: string }
  title: string
  description: string
  /** What made the figure, as JSON; becomes its metadata. */
  origin: string
  /** Colour behind the figure. */
  background: string
}

/**
 * The figure as a document of its own: the colours and fonts that its place in the page gives it are written into it,
 * so that it looks the same anywhere.
 */
export async function svgDocument(svg: SVGSVGElement, options: DocumentOptions): Promise<string> {
  const { width, height } = options
  const copy = svg.cloneNode(true) as SVGSVGElement
  copyLook(svg, copy)
  const drawn = Number((svg.getAttribute('viewBox') ?? '').split(/[\s,]+/)[2]) || width
  const left = Math.min(0, (drawn - width) / 2)
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', options.printed.width)
  copy.setAttribute('height', options.printed.height)
  copy.setAttribute('viewBox', `${round(left)} 0 ${round(width)} ${round(height)}`)
  copy.prepend(
    make('title', {}, options.title),
    make('desc', {}, options.description),
    make('metadata', {}, options.origin),
    make('style', {}, await fontFaces(copy)),
    make('rect', { x: String(left), y: '0', width: '100%', height: '100%', fill: options.background })
  )
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`
}

function make(name: string, attributes: Record<string, string>, text = ''): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text) element.textContent = text
  return element
}

function copyLook(from: Element, to: Element): void {
  const style = getComputedStyle(from)
  to.removeAttribute('class')
  to.removeAttribute('style')
  for (const name of [...to.getAttributeNames()]) if (name.startsWith('data-')) to.removeAttribute(name)
  const container = from.tagName === 'g' || from.tagName === 'svg' || from.tagName === 'defs'
  // Groups pass inherited properties on to children that carry them anyway; only what is not inherited has to be kept.
  for (const property of container ? (['opacity'] as const) : inlined) {
    const value = plainColour(style.getPropertyValue(property))
    if (value && value !== initial[property]) to.setAttribute(property, value)
    else to.removeAttribute(property)
  }
  if (from.tagName === 'text' || from.tagName === 'tspan')
    to.setAttribute('font-family', exportFamily(style.fontFamily))
  const children = [...from.children]
  const copies = [...to.children]
  children.forEach((child, index) => {
    const copy = copies[index]
    if (!copy) return
    // What a mark says when it is pointed at is not drawn, and stays; other hidden parts (hit areas) are left out.
    if (child.tagName === 'title') return
    if (getComputedStyle(child).display === 'none') copy.remove()
    else copyLook(child, copy)
  })
}

/** The variable fonts carry names only this app knows; their families' usual names come first elsewhere. */
function exportFamily(family: string): string {
  return family
    .replaceAll('"', "'")
    .replace("'Inter Variable'", "'Inter Variable', Inter")
    .replace("'JetBrains Mono Variable'", "'JetBrains Mono Variable', 'JetBrains Mono'")
}

/** `color(srgb r g b / a)`, what mixing colours computes to, is unknown to most editors; rgb() is not. */
export function plainColour(value: string): string {
  return value.replace(
    /color\(srgb ([\d.e+-]+) ([\d.e+-]+) ([\d.e+-]+)(?: \/ ([\d.e+-]+))?\)/g,
    (_all, r: string, g: string, b: string, a?: string) => {
      const [red, green, blue] = [r, g, b].map((channel) => Math.round(Math.min(1, Math.max(0, Number(channel))) * 255))
      return a === undefined ? `rgb(${red}, ${green}, ${blue})` : `rgba(${red}, ${green}, ${blue}, ${a})`
    }
  )
}

/** The @font-face rules of this window that the letters of a drawing use, with their files inside. */
async function fontFaces(drawing: Element): Promise<string> {
  const texts = [...drawing.querySelectorAll('text, tspan')]
  const points = [...new Set(texts.flatMap(({ textContent }) => [...(textContent ?? '')]))].map(
    (character) => character.codePointAt(0) ?? 0
  )
  const families = new Set(texts.map((text) => firstFamily(text.getAttribute('font-family') ?? '')))
  const used = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .filter(({ style }) => {
      const ranges = parseRanges(style.getPropertyValue('unicode-range'))
      return (
        families.has(firstFamily(style.getPropertyValue('font-family'))) &&
        style.getPropertyValue('font-style') !== 'italic' &&
        (ranges.length === 0 || points.some((point) => ranges.some(([low, high]) => point >= low && point <= high)))
      )
    })
  const faces = await Promise.all(
    used.map(async (rule) => {
      const address = /url\(["']?([^"')]+)["']?\)/.exec(rule.style.getPropertyValue('src'))?.[1]
      if (!address) return ''
      const bytes = await (await fetch(new URL(address, rule.parentStyleSheet?.href ?? document.baseURI))).blob()
      const family = rule.style.getPropertyValue('font-family')
      const weight = rule.style.getPropertyValue('font-weight') || '400'
      return `@font-face{font-family:${family};font-weight:${weight};src:url(${await dataUrl(bytes)})}`
    })
  )
  return faces.join('')
}

function firstFamily(families: string): string {
  return families.split(',')[0]!.trim().replaceAll(/["']/g, '')
}

export function parseRanges(text: string): [number, number][] {
  return text.split(',').flatMap((part): [number, number][] => {
    const match = /^\s*U\+([0-9A-F?]+)(?:-([0-9A-F]+))?\s*$/i.exec(part)
    if (!match) return []
    const low = parseInt(match[1]!.replaceAll('?', '0'), 16)
    const high = match[2] ? parseInt(match[2], 16) : parseInt(match[1]!.replaceAll('?', 'F'), 16)
    return [[low, high]]
  })
}

export function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('A file could not be read.'))
    reader.readAsDataURL(blob)
  })
}
