import { shell, type WebContents } from 'electron'
import { isTrustedPage } from './trustedPage'

/** Sites that links of the window may open in the user's browser, and why. */
const externalSites: Readonly<Record<string, string>> = {
  'https://arxiv.org': 'papers that a method or a picture is based on',
  'https://aclanthology.org': 'papers that a method or a picture is based on',
  'https://universaldependencies.org': 'the meaning of a label',
  'https://huggingface.co': 'the card of a model'
}

/** Only https and only the sites above: an address of another scheme could start any program. */
export function mayOpenOutside(url: string): boolean {
  return URL.canParse(url) && Object.hasOwn(externalSites, new URL(url).origin)
}

/**
 * The window stays on its page: no navigation, no second window, no <webview>. Links to known sites open in the
 * person's browser.
 */
export function guardNavigation(contents: WebContents, isPackaged: boolean): void {
  contents.on('will-navigate', (event) => {
    if (!isTrustedPage(event.url, isPackaged)) event.preventDefault()
  })
  contents.on('will-frame-navigate', (event) => {
    if (!event.isMainFrame || !isTrustedPage(event.url, isPackaged)) event.preventDefault()
  })
  contents.on('will-redirect', (event) => {
    if (!isTrustedPage(event.url, isPackaged)) event.preventDefault()
  })
  contents.on('will-attach-webview', (event) => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (mayOpenOutside(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}
