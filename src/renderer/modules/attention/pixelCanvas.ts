/** A canvas that holds these pixels and is never shown: pictures are drawn from it at any size. */
export function pixelCanvas(pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  if (width > 0 && height > 0) canvas.getContext('2d')?.putImageData(new ImageData(pixels, width, height), 0, 0)
  return canvas
}
