import { appOrigin } from './appProtocol'

/** The address of the window; in development, and only there, Vite's server takes its place. */
export function pageUrl(isPackaged: boolean): string {
  const server = isPackaged ? undefined : process.env.ELECTRON_RENDERER_URL
  return server ?? `${appOrigin}/index.html`
}

/** True for pages of Layerscope's own window. Origins are compared, never beginnings of addresses. */
export function isTrustedPage(url: string, isPackaged: boolean): boolean {
  const origin = originOf(url)
  return origin !== null && origin === originOf(pageUrl(isPackaged))
}

/** `URL.origin` is 'null' for schemes of one's own. */
function originOf(url: string): string | null {
  if (!URL.canParse(url)) return null
  const { protocol, host } = new URL(url)
  return `${protocol}//${host}`
}
