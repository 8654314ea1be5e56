import { dialog, shell } from 'electron'
import { errorFields, log } from '../../engine/log/log'
import { findUpdate, type UpdateSource } from '../updates'

/** Looks for a newer release because a person asked, and says what came of it; opens its page if they want that. */
export async function checkForUpdate(source: UpdateSource, version: string): Promise<void> {
  try {
    const note = await findUpdate(source, version)
    if (!note) {
      await dialog.showMessageBox({ type: 'info', message: `Layerscope ${version} is the newest release.` })
      return
    }
    const { response } = await dialog.showMessageBox({
      type: 'info',
      message: `Layerscope ${note.version} is available; this is ${version}.`,
      detail: Object.entries(note.files)
        .map(([name, sha256]) => `${name}\nSHA-256 ${sha256}`)
        .join('\n'),
      buttons: ['Open its page', 'Not now'],
      defaultId: 0,
      cancelId: 1
    })
    if (response === 0) await shell.openExternal(note.page)
  } catch (error) {
    log.warn('update.failed', errorFields(error))
    await dialog.showMessageBox({ type: 'warning', message: (error as Error).message })
  }
}
