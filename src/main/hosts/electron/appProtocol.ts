import { protocol, type Session } from 'electron'
import { securityHeaders } from '../securityHeaders'
import { readStaticFile } from '../staticFiles'

export const appScheme = 'app'
export const appOrigin = `${appScheme}://layerscope`

/**
 * Must run before the app is ready. Nothing here lets the scheme around a content security policy. With the code cache
 * the window's scripts are compiled once, not at each start.
 */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme: appScheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } }
  ])
}

/** Serves the built window, and nothing else of the disk, to the session the window uses. */
export function serveAppProtocol(session: Session, root: string): void {
  session.protocol.handle(appScheme, (request) => answerAppRequest(request, root))
}

export async function answerAppRequest(request: Request, root: string): Promise<Response> {
  const url = new URL(request.url)
  if (url.host !== 'layerscope') return refusal(404, `Layerscope has no '${url.host}'.`)
  if (request.method !== 'GET') return refusal(405, 'The window is read-only.')
  const file = await readStaticFile(root, url.pathname)
  if (!file) return refusal(404, `Layerscope has nothing at '${url.pathname.slice(0, 200)}'.`)
  const headers = { ...securityHeaders(), 'Content-Type': file.contentType, 'Cache-Control': file.cacheControl }
  return new Response(new Uint8Array(file.bytes), { status: 200, headers })
}

function refusal(status: number, sentence: string): Response {
  return new Response(`${sentence}\n`, {
    status,
    headers: { ...securityHeaders(), 'Content-Type': 'text/plain; charset=utf-8' }
  })
}
