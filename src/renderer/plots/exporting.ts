/**
 * How pictures and tables leave the window. Everything here works on what is drawn, so that a figure is what was seen.
 */

/** Hands bytes to the person as a file. */
export function downloadBlob(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = safeFileName(name)
  link.click()
  // The download reads the address after this turn of the event loop.
  setTimeout(() => URL.revokeObjectURL(url), 30_000)
}

export function downloadText(name: string, mime: string, text: string): void {
  downloadBlob(name, new Blob([text], { type: `${mime};charset=utf-8` }))
}

/** A name every operating system accepts, with the ending kept. */
export function safeFileName(name: string): string {
  const allowed = [...name]
    .map((character) => (character < ' ' || '<>:"/\\|?*'.includes(character) ? '-' : character))
    .join('')
  const clean = allowed
    .replace(/\s+/g, '-')
    .replace(/-{2,}/g, '-')
    .replace(/^[-.]+/, '')
  return clean.slice(-120) || 'layerscope'
}

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

export interface SvgOptions {
  /** Colour behind the figure; the theme's surface by default, null for none. */
  background?: string | null
  /** Becomes the title of the document. */
  title?: string
  /** Puts the font files into the figure, which pictures need and editors do not. */
  embedFonts?: boolean
}

/**
 * The figure as a document of its own: theme colours and type are written into it, so that it looks the same anywhere.
 */
export async function svgToString(svg: SVGSVGElement, options: SvgOptions = {}): Promise<string> {
  const copy = svg.cloneNode(true) as SVGSVGElement
  const { width, height } = figureSize(svg)
  copyLook(svg, copy)
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  if (!copy.hasAttribute('viewBox')) copy.setAttribute('viewBox', `0 0 ${width} ${height}`)
  const head: Element[] = []
  if (options.title) head.push(make('title', {}, options.title))
  const faces = options.embedFonts ? await fontFaces(svg.textContent ?? '') : ''
  if (faces) head.push(make('style', {}, faces))
  const background = options.background === undefined ? tokenColour('--surface') : options.background
  if (background) {
    const [x = 0, y = 0, w = width, h = height] = (copy.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number)
    head.push(make('rect', { x: String(x), y: String(y), width: String(w), height: String(h), fill: background }))
  }
  copy.prepend(...head)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`
}

/** The figure as pixels, `scale` to a CSS pixel. */
export async function svgToPng(svg: SVGSVGElement, options: SvgOptions & { scale?: number } = {}): Promise<Blob> {
  const { width, height } = figureSize(svg)
  const scale = options.scale ?? 2
  const text = await svgToString(svg, { ...options, embedFonts: true })
  const url = URL.createObjectURL(new Blob([text], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = Math.ceil(width * scale)
    canvas.height = Math.ceil(height * scale)
    context2d(canvas).drawImage(image, 0, 0, canvas.width, canvas.height)
    return await canvasToPng(canvas, null)
  } finally {
    URL.revokeObjectURL(url)
  }
}

/** A canvas as it is, on the theme's surface (or another colour, or none). */
export async function canvasToPng(
  canvas: HTMLCanvasElement,
  background: string | null = tokenColour('--surface')
): Promise<Blob> {
  let source = canvas
  if (background) {
    source = document.createElement('canvas')
    source.width = canvas.width
    source.height = canvas.height
    const context = context2d(source)
    context.fillStyle = background
    context.fillRect(0, 0, source.width, source.height)
    context.drawImage(canvas, 0, 0)
  }
  return new Promise((resolve, reject) => {
    source.toBlob(
      (blob) =>
        blob ? resolve(blob) : reject(new Error('The browser could not write this picture; it may be too large.')),
      'image/png'
    )
  })
}

/** Of a drawing as it is on screen, in CSS pixels. */
export function figureSize(svg: SVGSVGElement): { width: number; height: number } {
  const box = svg.getBoundingClientRect()
  const [, , w, h] = (svg.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number)
  return { width: Math.round(box.width || w || 800), height: Math.round(box.height || h || 600) }
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
    // Hidden parts (hit areas, hover marks) are not part of the picture.
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

function tokenColour(token: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(token).trim() || '#ffffff'
}

function context2d(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('The browser gave no canvas to draw the picture on.')
  return context
}

/** The @font-face rules of this window whose letters `text` uses, with their files inside. */
async function fontFaces(text: string): Promise<string> {
  const points = [...new Set([...text].map((character) => character.codePointAt(0) ?? 0))]
  const rules = [...document.styleSheets]
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule)
  const used = rules.filter((rule) => {
    const ranges = parseRanges(rule.style.getPropertyValue('unicode-range'))
    return (
      rule.style.getPropertyValue('font-style') !== 'italic' &&
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

export function parseRanges(text: string): [number, number][] {
  return text.split(',').flatMap((part): [number, number][] => {
    const match = /^\s*U\+([0-9A-F?]+)(?:-([0-9A-F]+))?\s*$/i.exec(part)
    if (!match) return []
    const low = parseInt(match[1]!.replaceAll('?', '0'), 16)
    const high = match[2] ? parseInt(match[2], 16) : parseInt(match[1]!.replaceAll('?', 'F'), 16)
    return [[low, high]]
  })
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result))
    reader.onerror = () => reject(reader.error ?? new Error('A font file could not be read.'))
    reader.readAsDataURL(blob)
  })
}
