import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { UserError } from '@shared/userError'

/**
 * Model folders and data files named on a command line, as absolute paths. npm changes into the project's folder and leaves the person's in INIT_CWD.
 * @throws UserError for a path that is not there.
 */
export function resolveOpenPaths(names: readonly string[]): string[] {
  const from = process.env.npm_lifecycle_event && process.env.INIT_CWD ? process.env.INIT_CWD : process.cwd()
  return names.map((name) => {
    const path = resolve(from, name)
    if (!existsSync(path)) throw new UserError(`There is no file or folder '${path}'.`)
    return path
  })
}
