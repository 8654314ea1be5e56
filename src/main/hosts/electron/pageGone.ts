import { dialog, type BrowserWindow } from 'electron'
import { log } from '../../engine/log/log'

/** A page that dies again within this time, in milliseconds, would die again for ever. */
const againMs = 10_000

/** Loads the page again when its process is gone; the engine and what it has open are not touched by that. */
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
      `Its process ended (${reason}, code ${exitCode}). Close Layerscope and start it again; everything kept ` +
        'is on disk.'
    )
  })
}
