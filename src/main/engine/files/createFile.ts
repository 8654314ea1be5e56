import { writeFileSync } from 'node:fs'

/**
 * Creates a file with a text, if it is not there.
 * @returns false where it is; of several processes that create it one alone succeeds
 * @throws whatever else the file system throws
 */
export function createFile(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
