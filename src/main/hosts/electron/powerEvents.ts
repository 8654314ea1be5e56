import { app, powerMonitor } from 'electron'
import { log } from '../../engine/log/log'

/**
 * What the system does to the app: a sleep is in the log, because times measured across it are too long; before a
 * shutdown the app quits as by its menu, so that settings are saved and the engine keeps how far its jobs are.
 */
export function followPower(): void {
  powerMonitor.on('suspend', () => log.info('system.suspended'))
  powerMonitor.on('resume', () => log.info('system.resumed'))
  // Linux and macOS ask; Windows ends a session through `session-end` of the window, which closes it.
  powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
    event?.preventDefault()
    log.info('system.shutdown')
    app.quit()
  })
}
