import { client } from '@/client'
import { downloadBlob, figureSize, svgToString, type SvgOptions } from './exporting'

/**
 * Saves a drawing as a PDF of its size, with vectors and text. The desktop app makes the file; a browser prints the
 * drawing alone, and its dialog saves it.
 */
export async function savePdf(name: string, svg: SVGSVGElement, options: SvgOptions): Promise<void> {
  const size = figureSize(svg)
  const pdf = await client.call('figure.pdf', {
    svg: await svgToString(svg, { ...options, embedFonts: true }),
    ...size
  })
  if (pdf) downloadBlob(`${name}.pdf`, new Blob([new Uint8Array(pdf)], { type: 'application/pdf' }))
  else await printAlone(name, await svgToString(svg, options), size)
}

/** The styles of a page of its own: one page of the drawing's size, with the fonts of this window. */
export function printStyles({ width, height }: { width: number; height: number }, fonts: readonly string[]): string {
  return [
    `@page { size: ${width}px ${height}px; margin: 0 }`,
    'html, body { margin: 0 }',
    'svg { display: block }',
    ...fonts
  ].join('\n')
}

async function printAlone(name: string, svg: string, size: { width: number; height: number }): Promise<void> {
  const frame = document.createElement('iframe')
  frame.className = 'visually-hidden'
  frame.setAttribute('aria-hidden', 'true')
  document.body.append(frame)
  const page = frame.contentDocument!
  const view = page.defaultView!
  const drawing = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement
  // A sheet that is made here: the content security policy has no styles in pages.
  const sheet = new view.CSSStyleSheet()
  sheet.replaceSync(printStyles(size, fontRules()))
  page.adoptedStyleSheets = [sheet]
  page.title = name
  page.body.append(page.adoptNode(drawing))
  await page.fonts.ready
  view.addEventListener('afterprint', () => frame.remove(), { once: true })
  view.print()
}

/** The @font-face rules of this window, with whole addresses. */
function fontRules(): string[] {
  return [...document.styleSheets].flatMap((sheet) =>
    [...sheet.cssRules]
      .filter((rule) => rule instanceof CSSFontFaceRule)
      .map((rule) =>
        rule.cssText.replace(
          /url\(["']?([^"')]+)["']?\)/g,
          (_all, path: string) => `url("${new URL(path, sheet.href ?? document.baseURI).href}")`
        )
      )
  )
}
