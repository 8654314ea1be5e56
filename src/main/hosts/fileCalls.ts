import type { CallName, Handlers, HostCallName } from '@shared/contract'
import { join } from 'node:path'
import { listFolder } from './services/folders'
import { fileImports } from './services/imports'

/** Calls of the host that concern the files of the machine with the engine. */
export const fileCalls = ['files.list', 'files.import'] as const satisfies readonly HostCallName[]
export type FileCallName = (typeof fileCalls)[number]

export function isFileCall(name: CallName): name is FileCallName {
  return fileCalls.some((each) => each === name)
}

/** Answers to these calls from the files of this machine. */
export function fileHandlers(cacheDir: string): Handlers<FileCallName> {
  return {
    'files.list': ({ folder }) => listFolder(folder),
    'files.import': fileImports(join(cacheDir, 'imports'))
  }
}
