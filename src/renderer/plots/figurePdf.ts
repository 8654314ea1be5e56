import type { jsPDF } from 'jspdf'
import latinBold from '@fontsource/inter/files/inter-latin-600-normal.woff?url'
import latin from '@fontsource/inter/files/inter-latin-400-normal.woff?url'
import extendedBold from '@fontsource/inter/files/inter-latin-ext-600-normal.woff?url'
import extended from '@fontsource/inter/files/inter-latin-ext-400-normal.woff?url'
import greekBold from '@fontsource/inter/files/inter-greek-600-normal.woff?url'
import greek from '@fontsource/inter/files/inter-greek-400-normal.woff?url'
import cyrillicBold from '@fontsource/inter/files/inter-cyrillic-600-normal.woff?url'
import cyrillic from '@fontsource/inter/files/inter-cyrillic-400-normal.woff?url'
import { facesOf, pdfDrawing, type Face } from './pdfDrawing'
import type { Printed } from './printFigure'
import { fontInWoff } from './woff'

const files: Record<Face, { normal: string; bold: string }> = {
  latin: { normal: latin, bold: latinBold },
  extended: { normal: extended, bold: extendedBold },
  greek: { normal: greek, bold: greekBold },
  cyrillic: { normal: cyrillic, bold: cyrillicBold }
}

/** What a PDF says of itself. */
export interface PdfTexts {
  title: string
  /** The caption. */
  subject: string
  /** The link that opens the view. */
  keywords: string
  creator: string
  /** What made the figure, as JSON. */
  origin: string
}

/**
 * A printed figure as a PDF of one page of its size, with lines as vectors, text as text, and the letters that it uses
 * inside.
 */
export async function figurePdf({ svg, width, height }: Printed, texts: PdfTexts): Promise<Blob> {
  // Only a person who saves a PDF waits for what makes one.
  const [{ jsPDF: Document }, { svg2pdf }] = await Promise.all([import('jspdf'), import('svg2pdf.js')])
  const size: [number, number] = [width * 72, height * 72]
  const pdf = new Document({
    unit: 'pt',
    format: size,
    orientation: width > height ? 'landscape' : 'portrait',
    compress: true,
    // Publishers refuse fonts that are named and not inside.
    putOnlyUsedFonts: true
  })
  const drawing = pdfDrawing(svg)
  for (const face of facesOf(drawing)) await addFace(pdf, face)
  await svg2pdf(drawing, pdf, { x: 0, y: 0, width: size[0], height: size[1] })
  const { origin, ...properties } = texts
  pdf.setProperties(properties)
  pdf.addMetadata(origin, 'urn:layerscope:figure')
  return pdf.output('blob')
}

async function addFace(pdf: jsPDF, face: Face): Promise<void> {
  for (const style of ['normal', 'bold'] as const) {
    const woff = new Uint8Array(await (await fetch(files[face][style])).arrayBuffer())
    const name = `inter-${face}-${style}.ttf`
    pdf.addFileToVFS(name, binary(await fontInWoff(woff)))
    pdf.addFont(name, face, style)
  }
}

/** Bytes as jsPDF takes them: a letter each. */
function binary(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000))
  return text
}
