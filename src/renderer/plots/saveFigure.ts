import type { FigureOrigin } from './figureOrigin'
import { figurePdf } from './figurePdf'
import { figurePng } from './figurePng'
import type { Printed } from './printFigure'

export interface FigureFile {
  /** Without an ending. */
  name: string
  format: 'svg' | 'pdf' | 'png'
  dpi: number
  caption: string
  origin: FigureOrigin
}

/** A printed figure as a file, which says what made it. */
export async function saveFigure(printed: Printed, file: FigureFile): Promise<{ name: string; blob: Blob }> {
  const { format, caption, origin } = file
  const about = JSON.stringify(origin)
  const creator = `Layerscope ${origin.version}`
  const blob =
    format === 'svg'
      ? new Blob([printed.svg], { type: 'image/svg+xml' })
      : format === 'pdf'
        ? await figurePdf(printed, {
            title: file.name,
            subject: caption,
            keywords: origin.address,
            creator,
            origin: about
          })
        : await figurePng(printed, file.dpi, {
            Title: file.name,
            Description: caption,
            Software: creator,
            Layerscope: about
          })
  return { name: `${file.name}.${format}`, blob }
}
