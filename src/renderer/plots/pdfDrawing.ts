import { parseRanges } from './svgDocument'

/** Letters that are in one file of the embedded font. */
export type Face = 'latin' | 'extended' | 'greek' | 'cyrillic'

/** Code points of each, as the font's publisher names them. */
const ranges: Record<Face, [number, number][]> = {
  latin: parseRanges(
    'U+0000-00FF,U+0131,U+0152-0153,U+02BB-02BC,U+02C6,U+02DA,U+02DC,U+2000-206F,U+20AC,U+2122,U+2191,U+2193,U+2212,' +
      'U+2215'
  ),
  extended: parseRanges('U+0100-02BA,U+02BD-02C5,U+02C7-02CC,U+02CE-02D7,U+02DD-02FF,U+1E00-1E9F,U+1EF2-1EFF,U+2113'),
  greek: parseRanges('U+0370-0377,U+037A-037F,U+0384-038A,U+038C,U+038E-03A1,U+03A3-03FF'),
  cyrillic: parseRanges('U+0400-045F,U+0490-0491,U+04B0-04B1,U+2116')
}
const faces = Object.keys(ranges) as Face[]

function faceOf(character: string): Face | null {
  const point = character.codePointAt(0) ?? 0
  return faces.find((face) => ranges[face].some(([low, high]) => point >= low && point <= high)) ?? null
}

/**
 * The drawing as the maker of PDFs knows it: each run of letters names the file of the font that has them; an outline
 * behind letters is a text of its own, below them; text with letters that the font lacks is a picture of 600 dpi.
 */
export function pdfDrawing(svg: string): SVGSVGElement {
  const parsed = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
  const drawing = document.importNode(parsed, true) as Element as SVGSVGElement
  for (const gone of drawing.querySelectorAll('style, title, metadata')) gone.remove()
  for (const text of drawing.querySelectorAll('text')) prepare(text)
  return drawing
}

/** The files of the font that a prepared drawing uses. */
export function facesOf(drawing: Element): Face[] {
  const used = new Set([...drawing.querySelectorAll('text, tspan')].map((text) => text.getAttribute('font-family')))
  return faces.filter((face) => used.has(face))
}

function prepare(text: SVGTextElement): void {
  // Marks of the direction of writing are not seen.
  const content = (text.textContent ?? '').replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '')
  const runs = runsOf(content)
  if (runs.some(({ face }) => face === null)) {
    text.replaceWith(pictureOf(text, content))
    return
  }
  text.setAttribute('font-weight', Number(text.getAttribute('font-weight') ?? 400) >= 550 ? 'bold' : 'normal')
  text.setAttribute('font-family', runs[0]?.face ?? 'latin')
  if (runs.length > 1)
    text.replaceChildren(
      ...runs.map(({ face, letters }) => {
        const span = document.createElementNS('http://www.w3.org/2000/svg', 'tspan')
        span.setAttribute('font-family', face!)
        span.textContent = letters
        return span
      })
    )
  else text.textContent = content
  if (text.hasAttribute('stroke') && text.getAttribute('stroke') !== 'none') {
    const outline = text.cloneNode(true) as SVGTextElement
    outline.setAttribute('fill', 'none')
    text.before(outline)
    text.removeAttribute('stroke')
  }
}

function runsOf(text: string): { face: Face | null; letters: string }[] {
  const runs: { face: Face | null; letters: string }[] = []
  for (const character of text) {
    const face = faceOf(character)
    const last = runs.at(-1)
    if (last?.face === face) last.letters += character
    else runs.push({ face, letters: character })
  }
  return runs
}

/** Pixels of a picture for one of the drawing: 600 to an inch, where 113 of the drawing make one. */
const density = 5.3

function pictureOf(text: SVGTextElement, content: string): SVGImageElement {
  const size = Number.parseFloat(text.getAttribute('font-size') ?? '11')
  const family = text.getAttribute('font-family') ?? 'sans-serif'
  const font = `${text.getAttribute('font-weight') ?? 400} ${size}px ${family}`
  const canvas = document.createElement('canvas')
  const context = canvas.getContext('2d')!
  context.font = font
  const width = context.measureText(content).width + 2
  const height = size * 1.6
  canvas.width = Math.ceil(width * density)
  canvas.height = Math.ceil(height * density)
  context.scale(density, density)
  context.font = font
  context.fillStyle = text.getAttribute('fill') ?? '#000000'
  context.fillText(content, 1, size * 1.15)
  const image = document.createElementNS('http://www.w3.org/2000/svg', 'image')
  const share = { middle: 0.5, end: 1 }[text.getAttribute('text-anchor') ?? ''] ?? 0
  const attributes = {
    x: Number(text.getAttribute('x') ?? 0) - share * width,
    y: Number(text.getAttribute('y') ?? 0) - size * 1.15,
    width,
    height,
    href: canvas.toDataURL('image/png')
  }
  for (const [name, value] of Object.entries(attributes)) image.setAttribute(name, String(value))
  const transform = text.getAttribute('transform')
  if (transform) image.setAttribute('transform', transform)
  return image
}
