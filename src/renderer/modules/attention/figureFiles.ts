import { exportFigure, type FigureFormat } from '@/plots/saveFigure'

/**
 * Saves a figure that is not on screen: it joins the page out of sight for as long as its colours and fonts are read.
 */
export async function saveFigure(name: string, format: FigureFormat, figure: SVGSVGElement): Promise<void> {
  const place = document.createElement('div')
  place.className = 'visually-hidden'
  place.setAttribute('aria-hidden', 'true')
  place.append(figure)
  document.body.append(place)
  try {
    await exportFigure(name, format, figure)
  } finally {
    place.remove()
  }
}
