import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { readSettings } from '../hub/settings'
import { logFolder } from '../log/log'
import { cacheDir, dataDir, keptResultsFolder } from '../paths'

export interface FolderReport {
  name: string
  path: string
  exists: boolean
  /** Whether files can be written in it, or it can be created where it does not exist yet. */
  writable: boolean
  /** Free bytes of its disk; null where that cannot be read. */
  free: number | null
}

/** The folders that Layerscope writes to. Nothing is created. */
export function reportedFolders(): FolderReport[] {
  const folders: [string, string][] = [
    ['data', dataDir()],
    ['results', keptResultsFolder()],
    ['cache', cacheDir()],
    ['logs', logFolder()],
    ['hub cache', readSettings().cacheFolder],
    ['temporary', tmpdir()]
  ]
  return folders.map(([name, path]) => folderReport(name, path))
}

export function folderReport(name: string, path: string): FolderReport {
  const existing = nearestExisting(path)
  return {
    name,
    path,
    exists: existing === path,
    writable: statSync(existing).isDirectory() && canWrite(existing),
    free: freeBytes(existing)
  }
}

function nearestExisting(path: string): string {
  let folder = path
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  return folder
}

function canWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function freeBytes(folder: string): number | null {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return null
  }
}
