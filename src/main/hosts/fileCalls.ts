import type { CallName, HostCallName } from '@shared/contract'

/** Calls of the host that concern the files of the machine with the engine. */
export const fileCalls = ['files.list', 'files.import'] as const satisfies readonly HostCallName[]
export type FileCallName = (typeof fileCalls)[number]

export function isFileCall(name: CallName): name is FileCallName {
  return fileCalls.some((each) => each === name)
}
