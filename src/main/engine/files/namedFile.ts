import { readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs'
import { UserError } from '@shared/userError'
import { jsonFault } from './pythonJson'
import { notWritten } from './notWritten'

/** Longer files are not descriptions that a person writes or a command saves. */
const longest = 1 << 29

/** The text of a file that a person named. @throws UserError where there is none, or it cannot be read */
export function readNamedFile(path: string): string {
  const { size, isFolder } = entryAt(path)
  if (isFolder) throw new UserError(`${path} is a folder; give the path of a file.`)
  if (size > longest) throw new UserError(`${path} is too large to be read as a whole; is it the right file?`)
  return attempt(path, () => readFileSync(path, 'utf8'))
}

/** The same as JSON. */
export function readNamedJson(path: string): unknown {
  const text = readNamedFile(path)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path} is not valid JSON: ${jsonFault(error)}.`)
  }
}

/** What is in a folder that a person named. @throws UserError where it is not a folder, or cannot be read */
export function listNamedFolder(path: string): Dirent[] {
  if (!entryAt(path).isFolder) throw new UserError(`${path} is a file; give the path of a folder.`)
  return attempt(path, () => readdirSync(path, { withFileTypes: true }))
}

function entryAt(path: string): { size: number; isFolder: boolean } {
  const stats: Stats | undefined = attempt(path, () => statSync(path, { throwIfNoEntry: false }))
  if (!stats) throw new UserError(`There is nothing at ${path}. Check the path.`)
  return { size: stats.size, isFolder: stats.isDirectory() }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR') throw new UserError(`There is nothing at ${path}. Check the path.`)
    const reason = code === 'EACCES' || code === 'EPERM' ? 'this user may not read it' : notWritten(error)
    throw new UserError(`${path} could not be read: ${reason ?? `it is not a path that can be read (${code})`}.`)
  }
}
