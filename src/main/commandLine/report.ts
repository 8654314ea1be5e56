import { accessSync, closeSync, constants, existsSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { notWritten } from '../engine/files/notWritten'
import { resultJson } from '../engine/results/resultJson'

/** A command's output: the result on standard output or in a file, everything else on standard error. */
export class Report {
  /** Notes of readers and models; `--json` includes them. */
  readonly notes: string[] = []
  /** Whether a file could not be written where it was requested. */
  failed = false

  /** Prints a note, each only once. */
  note(sentence: string): void {
    if (this.notes.includes(sentence)) return
    this.notes.push(sentence)
    process.stderr.write(`${sentence}\n`)
  }

  /**
   * Writes a result as JSON where `--json` says and prints it as text, unless the JSON went to standard output.
   * @param json a file, `-`, or undefined for none
   */
  result(json: string | undefined, result: object, asText: () => string): void {
    const written = (): string => resultJson({ ...result, notes: this.notes })
    if (json !== undefined && json !== '-') this.write(json, written())
    if (json === '-') this.print(written(), 'result.json')
    else this.print(asText(), 'result.txt')
  }

  /** Prints a finished result. If standard output fails (a full disk behind `>`), the result goes into a file. */
  print(text: string, fileName: string): void {
    process.stdout.write(text, (error?: NodeJS.ErrnoException | null) => {
      if (!error || error.code === 'EPIPE') return
      this.failed = true
      const place = rescued(fileName, (path) => writeFileSync(path, text))
      process.stderr.write(`Standard output could not be written: ${error.message}. ${place}\n`)
    })
  }

  /**
   * Writes a finished result. If that fails, it goes into another folder, which the message names: hours of work must
   * not be lost to a full disk.
   * @param path a file, or `-` for standard output
   */
  write(path: string, content: string): void {
    if (path === '-') this.print(content, 'result.txt')
    else this.save(path, (place) => writeFileSync(place, content))
  }

  /** The same for a file that `save` writes. @param save called again with another path if it throws */
  save(path: string, save: (path: string) => void): void {
    try {
      save(path)
    } catch (error) {
      this.failed = true
      const reason = error instanceof Error ? error.message : String(error)
      process.stderr.write(`${path} could not be written: ${reason}. ${rescued(path, save)}\n`)
    }
  }
}

/**
 * @param option the option that names the file
 * @throws UserError if the path cannot be written; nothing is written yet
 */
export function checkWritable(option: string, path: string): void {
  const there = statSync(path, { throwIfNoEntry: false })
  if (there?.isDirectory()) throw new UserError(`--${option} is '${path}', which is a folder; give the name of a file.`)
  checkPlace(option, path, there !== undefined)
}

/**
 * The same for a folder that will be made.
 * @throws UserError for a path that is taken, or where nothing can be made
 */
export function checkNewFolder(option: string, path: string): void {
  if (existsSync(path))
    throw new UserError(`--${option} is '${path}', which is there already. Give the name of a new folder.`)
  checkPlace(option, path, false)
}

/**
 * @param outputs what is written, by option
 * @param inputs what is read or named by the other options and arguments
 * @throws UserError if a file would be written twice, or over one that is read
 */
export function checkDistinct(
  outputs: ReadonlyMap<string, string>,
  inputs: ReadonlyMap<string, readonly string[]>
): void {
  const written = new Map<string, string>()
  for (const [option, path] of outputs) {
    const before = written.get(resolve(path))
    if (before !== undefined)
      throw new UserError(`--${before} and --${option} are both '${path}'. Give each its own file.`)
    written.set(resolve(path), option)
  }
  for (const [name, paths] of inputs) {
    const read = paths.find((path) => written.has(resolve(path)) && existsSync(path))
    if (read !== undefined)
      throw new UserError(
        `--${written.get(resolve(read))} is '${read}', which ${name} reads. It would be lost; give another path.`
      )
  }
}

/** @param there whether the path itself has to be writable, or else the folder that it is in */
function checkPlace(option: string, path: string, there: boolean): void {
  const folder = dirname(resolve(path))
  if (!existsSync(folder))
    throw new UserError(`--${option} is '${path}', but there is no folder ${folder}. Create it, or give another path.`)
  try {
    tryWriting(path, there)
  } catch (error) {
    const reason = notWritten(error)
    throw new UserError(
      `--${option} is '${path}', which is not writable${reason ? `: ${reason}` : ''}. Give another path.`
    )
  }
}

/**
 * Opens a file to write, and removes it again if it is new. Permissions alone do not say what a file system allows.
 * A pipe or a device is not opened: its reader may wait for the first byte.
 */
function tryWriting(path: string, there: boolean): void {
  if (there && !statSync(path).isFile()) return accessSync(path, constants.W_OK)
  closeSync(openSync(path, 'a'))
  if (!there) rmSync(path, { force: true })
}

function rescued(path: string, save: (path: string) => void): string {
  const name = `${new Date().toISOString().replace(/[:.]/g, '-')}-${basename(path)}`
  for (const folder of [tmpdir(), homedir()]) {
    const spare = join(folder, name)
    try {
      save(spare)
      return `The result was written to ${spare} instead.`
    } catch {
      continue
    }
  }
  return (
    `Neither could a file in ${tmpdir()} or ${homedir()}; \`layerscope results\` lists results that are kept in ` +
    'the library.'
  )
}
