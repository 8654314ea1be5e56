import { paperForm, renumbered, type FigureSource, type PaperChoice } from './figureForm'
import { round, svgElement } from './svg'
import { svgDocument } from './svgDocument'
import { wrapped } from './wrapped'

/** A figure for a page. */
export interface Printed {
  /** The document. */
  svg: string
  /** Its size in inches. */
  width: number
  height: number
}

export interface PrintOptions extends PaperChoice {
  caption: string
  /** Whether the caption is written under the figure. */
  captioned: boolean
  /** What made the figure, as JSON. */
  origin: string
}

const fontSize = 11
const lineHeight = 15
const margin = 8

/**
 * Draws a figure for a page, in the light theme whatever the window has, with the caption under it.
 * @returns null where the view shows nothing
 */
export async function printFigure(source: FigureSource, options: PrintOptions): Promise<Printed | null> {
  const form = paperForm(options)
  const svg = source(form)
  if (!svg) return null
  // Colours and fonts are those of its place in the document, so it joins it out of sight for as long as they are read.
  const place = document.createElement('div')
  place.className = 'visually-hidden'
  place.setAttribute('aria-hidden', 'true')
  place.dataset['theme'] = 'light'
  place.append(svg)
  document.body.append(place)
  try {
    const [, , drawnWidth = 0, drawnHeight = 0] = (svg.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number)
    const width = Math.max(form.width, drawnWidth)
    const lines = wrapped(options.captioned ? options.caption : '', width - 2 * margin, fontSize)
    const left = Math.min(0, (drawnWidth - width) / 2) + margin
    lines.forEach((line, index) =>
      svgElement(
        svg,
        'text',
        {
          x: left,
          y: drawnHeight + lineHeight * (index + 1),
          'font-size': fontSize,
          fill: 'var(--text)',
          'data-part': 'caption'
        },
        line
      )
    )
    const height = drawnHeight + (lines.length > 0 ? lineHeight * lines.length + margin : 0)
    const printedHeight = (height / width) * options.inches
    return {
      svg: await svgDocument(svg, {
        width,
        height,
        printed: { width: `${options.inches}in`, height: `${round(printedHeight)}in` },
        title: renumbered(svg.getAttribute('aria-label') ?? '', options.firstNumber),
        description: options.caption,
        origin: options.origin,
        background: getComputedStyle(place).getPropertyValue('--surface').trim() || '#ffffff'
      }),
      width: options.inches,
      height: printedHeight
    }
  } finally {
    place.remove()
  }
}

/** Pixels of an inch of the page, for a picture of `dpi`. */
export function picturePixels({ width, height }: Printed, dpi: number): { width: number; height: number } {
  return { width: Math.round(width * dpi), height: Math.round(height * dpi) }
}
