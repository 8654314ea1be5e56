import { constants } from 'node:os'
import type { EngineExit } from '../engineChild'

/** Exit codes that Windows uses where POSIX has signals. */
const windowsStatus: Readonly<Record<number, string>> = {
  0xc0000005: 'SIGSEGV',
  0xc000001d: 'SIGILL',
  0xc0000409: 'SIGABRT',
  // Chromium's own: an allocation failed.
  0xe0000008: 'SIGKILL'
}

/**
 * What the `exit` of a utility process means. On POSIX Electron passes on the status of `waitpid` as it is: the low
 * seven bits are a signal, the eighth says that memory was dumped, the next eight are the exit code (Electron's docs,
 * app.md, `child-process-gone`).
 */
export function exitOf(status: number, platform: NodeJS.Platform): Pick<EngineExit, 'code' | 'signal'> {
  if (platform === 'win32') return { code: status, signal: windowsStatus[status >>> 0] ?? null }
  const signalNumber = status & 0x7f
  const signal = Object.entries(constants.signals).find(([, number]) => number === signalNumber)?.[0] ?? null
  return signal ? { code: null, signal } : { code: status >> 8 || status, signal: null }
}
