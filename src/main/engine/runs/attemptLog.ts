import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import type { Attempt } from './attempt'

/** How much of a log is read at its end. */
const tailBytes = 64 * 1024

/** What the kernel, Slurm, V8 and C++ write of a process that had too little memory. */
const signs = /oom[-_ ]kill|out[-_ ]of[-_ ]memory|heap out of memory|std::bad_alloc|Cannot allocate memory/i

/** The line with which an attempt begins in its log. */
export function headOf({ number, start }: Attempt, key: string): string {
  return `== ${key.slice(0, 12)}, attempt ${number}, ${start}`
}

/** The end of a text file; empty where it is not there. */
export function tailOf(path: string, bytes = tailBytes): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return ''
  }
  try {
    const { size } = fstatSync(file)
    const buffer = Buffer.alloc(Math.min(size, bytes))
    readSync(file, buffer, 0, buffer.length, size - buffer.length)
    return buffer.toString('utf8')
  } finally {
    closeSync(file)
  }
}

/** What an attempt wrote to its log, as far as its end says it. */
export function logOf(attempt: Attempt, key: string): string {
  if (attempt.log === null) return ''
  const text = tailOf(attempt.log)
  const at = text.lastIndexOf(headOf(attempt, key))
  return at < 0 ? text : text.slice(at)
}

/** Whether the log of an attempt that was lost says that there was too little memory. */
export function ranOutOfMemory(attempt: Attempt, key: string): boolean {
  return signs.test(logOf(attempt, key))
}
