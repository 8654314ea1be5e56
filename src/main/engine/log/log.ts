import { closeSync, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir } from '../paths'
import { rotate } from './rotate'

/** From the most severe down; a level includes all before it. */
export const logLevels = ['off', 'error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof logLevels)[number]
type LineLevel = Exclude<LogLevel, 'off'>

/** Fields of a line besides time, level, process and event: names, ids, paths, numbers; never a user's text. */
export type LogFields = Readonly<Record<string, unknown>>

/** A line as it is in the file. */
export interface LogLine {
  time: string
  level: LineLevel
  /** Who wrote it: the host, the engine or the command line. */
  process: string
  pid: number
  event: string
  [field: string]: unknown
}

export interface LogOptions {
  folder?: string
  level?: LogLevel
  /** Size at which a file is put aside, in bytes. */
  fileBytes?: number
  /** Files kept in all. */
  files?: number
}

const fileName = 'layerscope.jsonl'
const usual = { level: 'info', fileBytes: 2 ** 20, files: 5 } as const
const longestText = 4000
const longestLine = 16_000

let current: (Required<LogOptions> & { process: string }) | null = null

/** Where the log is kept: in the cache folder. */
export function logFolder(): string {
  return join(cacheDir(), 'logs')
}

/** The files of the log, the newest first, whether they exist or not. */
export function logFiles(folder = logFolder(), files: number = usual.files): string[] {
  return Array.from({ length: files }, (_, age) =>
    join(folder, age === 0 ? fileName : fileName.replace('.', `.${age}.`))
  )
}

/** The level that `LAYERSCOPE_LOG` sets; `info` where it is not set or is not a level. */
export function logLevel(environment: Readonly<Record<string, string | undefined>> = process.env): LogLevel {
  return logLevels.find((level) => level === environment.LAYERSCOPE_LOG) ?? usual.level
}

/**
 * Begins the log of this process. Until then, and in tests and tools that never call it, nothing is written.
 * @param name who writes: `host`, `engine`, `cli`
 */
export function startLog(name: string, options: LogOptions = {}): void {
  current = { ...usual, folder: logFolder(), level: logLevel(), ...options, process: name }
}

export function stopLog(): void {
  current = null
}

/**
 * One JSON object a line, appended to a file that several processes share. Writing never throws and never waits for
 * another process: a log that cannot be written is not a reason to fail.
 */
export const log = {
  error: (event: string, fields?: LogFields): void => write('error', event, fields),
  warn: (event: string, fields?: LogFields): void => write('warn', event, fields),
  info: (event: string, fields?: LogFields): void => write('info', event, fields),
  debug: (event: string, fields?: LogFields): void => write('debug', event, fields)
}

/** What a line says of an error: its sentence, and the stack where it is a defect. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) }
  const expected = error.name === 'UserError' || error.name === 'JobCancelled'
  return { error: error.message, ...(expected ? {} : { stack: error.stack ?? error.name }) }
}

function write(level: LineLevel, event: string, fields: LogFields = {}): void {
  if (!current || logLevels.indexOf(level) > logLevels.indexOf(current.level)) return
  try {
    const { folder, fileBytes, files } = current
    const line = Buffer.from(`${lineOf(current.process, level, event, fields)}\n`)
    const paths = logFiles(folder, files)
    if (appendLine(folder, paths[0]!, line) > fileBytes) rotate(paths, fileBytes)
  } catch {
    // A full or read-only disk; the next line may succeed.
  }
}

/**
 * Answers with the size of the file afterwards. One write to a file opened for appending is never mixed with others.
 */
function appendLine(folder: string, path: string, line: Uint8Array): number {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = openSync(path, 'a', 0o600)
  try {
    writeSync(file, line)
    return fstatSync(file).size
  } finally {
    closeSync(file)
  }
}

function lineOf(name: string, level: LineLevel, event: string, fields: LogFields): string {
  const start: LogLine = { time: new Date().toISOString(), level, process: name, pid: process.pid, event }
  try {
    const line = JSON.stringify({ ...start, ...fields, ...start }, shortened)
    return line.length <= longestLine ? line : JSON.stringify({ ...start, cut: line.slice(0, longestLine / 2) })
  } catch {
    return JSON.stringify({ ...start, cut: 'The fields of this line cannot be written as JSON.' })
  }
}

function shortened(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value)
  return typeof value === 'string' && value.length > longestText ? `${value.slice(0, longestText)} ...` : value
}
