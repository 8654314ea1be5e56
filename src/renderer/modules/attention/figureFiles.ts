import { downloadBlob, downloadText, svgToPng, svgToString } from '@/plots/exporting'

/**
 * Saves a figure that is not on screen: it joins the page out of sight for as long as its colours and fonts are read.
 */
export async function saveFigure(name: string, format: 'svg' | 'png', figure: SVGSVGElement): Promise<void> {
  const place = document.createElement('div')
  place.className = 'visually-hidden'
  place.setAttribute('aria-hidden', 'true')
  place.append(figure)
  document.body.append(place)
  try {
    const title = figure.getAttribute('aria-label') ?? name
    if (format === 'svg') downloadText(`${name}.svg`, 'image/svg+xml', await svgToString(figure, { title }))
    else downloadBlob(`${name}.png`, await svgToPng(figure, { title }))
  } finally {
    place.remove()
  }
}
