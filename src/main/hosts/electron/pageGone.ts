import { dialog, type BrowserWindow } from 'electron'
import { log } from '../../engine/log/log'

/** A page that crashes again within this time, in milliseconds, would keep crashing. */
const againMs = 10_000

/** Reloads the page when its process has crashed; the engine and what it has open are not affected. */
export function bringBack(window: BrowserWindow): void {
  let lastGone = -Infinity
  window.webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
    if (reason === 'clean-exit' || window.isDestroyed()) return
    log.error('window.gone', { reason, exitCode })
    const now = Date.now()
    const again = now - lastGone < againMs
    lastGone = now
    if (!again) {
      window.webContents.reload()
      return
    }
    dialog.showErrorBox(
      'The window stopped twice in a row',
      `Its process ended (${reason}, code ${exitCode}). Close Layerscope and start it again; kept results ` +
        'are on disk.'
    )
  })
}
