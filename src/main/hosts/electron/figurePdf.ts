import { BrowserWindow, session } from 'electron'
import type { CallInput } from '@shared/contract'
import { appOrigin, appScheme } from './appProtocol'
import { denyPermissions } from './permissions'
import { webPreferences } from './window'

/** Nothing but the drawing, and what is inside it. */
const policy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:"
const pixelsPerInch = 96

let last: Promise<unknown> = Promise.resolve()

/**
 * Prints a drawing to a PDF of one page of its size, with its lines and letters as such. A hidden window without
 * scripts draws it, with a session of its own, to which that one page is all there is. One at a time.
 */
export function figurePdf(figure: CallInput<'figure.pdf'>): Promise<Uint8Array> {
  const printed = last.then(() => print(figure))
  last = printed.catch(() => undefined)
  return printed
}

async function print({ svg, width, height }: CallInput<'figure.pdf'>): Promise<Uint8Array> {
  const apart = session.fromPartition('figures')
  denyPermissions(apart)
  const page = pageOf(svg, width, height)
  apart.protocol.handle(
    appScheme,
    () =>
      new Response(page, {
        headers: { 'Content-Type': 'text/html; charset=utf-8', 'Content-Security-Policy': policy }
      })
  )
  const window = new BrowserWindow({
    show: false,
    width,
    height,
    webPreferences: { ...webPreferences(), javascript: false, session: apart }
  })
  try {
    await window.loadURL(`${appOrigin}/figure.html`)
    const pdf = await window.webContents.printToPDF({
      printBackground: true,
      preferCSSPageSize: true,
      pageSize: { width: width / pixelsPerInch, height: height / pixelsPerInch },
      margins: { top: 0, bottom: 0, left: 0, right: 0 },
      pageRanges: '1'
    })
    return new Uint8Array(pdf)
  } finally {
    window.destroy()
    apart.protocol.unhandle(appScheme)
  }
}

function pageOf(svg: string, width: number, height: number): string {
  const style = `@page{size:${width}px ${height}px;margin:0}html,body{margin:0}svg{display:block}`
  return `<!doctype html><meta charset="utf-8"><style>${style}</style>${svg.replace(/^<\?xml[^>]*\?>\s*/, '')}`
}
