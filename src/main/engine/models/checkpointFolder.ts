import { existsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UserError } from '@shared/userError'

/** The checkpoint's folder, whether the folder itself or a file in it was chosen. @throws UserError for no such path */
export function checkpointFolder(path: string): string {
  const full = resolve(path)
  if (!existsSync(full)) throw new UserError(`There is nothing at ${full}. Check the path.`)
  return statSync(full).isDirectory() ? full : dirname(full)
}
