/** The part of a canvas that measures and writes text. */
export type TextContext = Pick<CanvasRenderingContext2D, 'font' | 'measureText'>

const widths = new Map<string, number>()
const rememberedWidths = 20_000

function width(context: TextContext, text: string): number {
  const key = `${context.font}|${text}`
  let known = widths.get(key)
  if (known === undefined) {
    known = context.measureText(text).width
    if (widths.size >= rememberedWidths) widths.clear()
    widths.set(key, known)
  }
  return known
}

/** Widths are remembered; call this when a web font has arrived and they have changed. */
export function forgetTextWidths(): void {
  widths.clear()
}

/**
 * The text, or as much of its beginning as fits `room` pixels with an ellipsis. Cuts between characters as people see
 * them.
 */
export function fitText(context: TextContext, text: string, room: number): string {
  if (width(context, text) <= room) return text
  const characters = graphemes(text)
  let low = 0
  let high = characters.length
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (width(context, `${characters.slice(0, middle).join('')}…`) <= room) low = middle
    else high = middle - 1
  }
  return low === 0 ? '…' : `${characters.slice(0, low).join('')}…`
}

/** Widest of the texts in pixels. */
export function widestText(context: TextContext, texts: readonly string[]): number {
  let widest = 0
  for (const text of texts) widest = Math.max(widest, width(context, text))
  return widest
}

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * An emoji of several code points, or a letter with its marks, is one character. Long texts are cut first: they never
 * fit anyway.
 */
function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text.slice(0, 400)), ({ segment }) => segment)
}
