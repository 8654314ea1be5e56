import { renameSync, rmSync } from 'node:fs'
import { log } from '../log/log'
import { newIdentity } from './newIdentity'

/** Removes a result in one step: another process would take a folder without its numbers for a damaged one. */
export function removeResult(folder: string): void {
  const leaving = `${folder}.${newIdentity(null).id}.deleted`
  try {
    renameSync(folder, leaving)
    rmSync(leaving, { recursive: true, force: true })
  } catch (error) {
    // Another process was faster, or what is left goes after a day.
    log.debug('result.leftover', { path: folder, error: String(error) })
  }
}
