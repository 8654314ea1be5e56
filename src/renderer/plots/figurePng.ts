import { picturePixels, type Printed } from './printFigure'

/** Writes what a PNG says of itself; the keywords are of the PNG specification, section 11.3.3. */
export interface PngTexts {
  Title: string
  Description: string
  Software: string
  /** Of this program: what made the figure, as JSON. */
  Layerscope: string
}

/** A printed figure as pixels, `dpi` to an inch. */
export async function figurePng(printed: Printed, dpi: number, texts: PngTexts): Promise<Blob> {
  const { width, height } = picturePixels(printed, dpi)
  const url = URL.createObjectURL(new Blob([printed.svg], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = document.createElement('canvas')
    canvas.width = width
    canvas.height = height
    const context = canvas.getContext('2d')
    if (!context) throw new Error('The browser gave no canvas to draw the picture on.')
    context.drawImage(image, 0, 0, width, height)
    const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'))
    if (!blob) throw new Error('The browser could not write this picture; it may be too large.')
    return new Blob([describedPng(new Uint8Array(await blob.arrayBuffer()), dpi, texts)], { type: 'image/png' })
  } finally {
    URL.revokeObjectURL(url)
  }
}

const signatureAndHeader = 8 + 25

/** A PNG with its resolution and texts: `pHYs` and `iTXt` chunks after the header. */
export function describedPng(png: Uint8Array, dpi: number, texts: PngTexts): Uint8Array<ArrayBuffer> {
  const perMetre = Math.round(dpi / 0.0254)
  const resolution = new Uint8Array(9)
  const view = new DataView(resolution.buffer)
  view.setUint32(0, perMetre)
  view.setUint32(4, perMetre)
  resolution[8] = 1
  const encoder = new TextEncoder()
  const chunks = [
    chunk('pHYs', resolution),
    // Keyword, no compression, no language, no translated keyword.
    ...Object.entries(texts).map(([keyword, text]) => chunk('iTXt', encoder.encode(`${keyword}\0\0\0\0\0${text}`)))
  ]
  const size = chunks.reduce((sum, { length }) => sum + length, png.length)
  const described = new Uint8Array(size)
  described.set(png.subarray(0, signatureAndHeader))
  let at = signatureAndHeader
  for (const part of [...chunks, png.subarray(signatureAndHeader)]) {
    described.set(part, at)
    at += part.length
  }
  return described
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, data.length)
  bytes.set(new TextEncoder().encode(type), 4)
  bytes.set(data, 8)
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)))
  return bytes
}

/** ISO 3309, as PNG wants it. */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}
