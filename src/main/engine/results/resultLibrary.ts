import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resultTitles, type Compute, type ListedResult, type ResultKindId, type ResultRecord } from '@shared/results'
import { isUserError, UserError } from '@shared/userError'
import { notWritten } from '../files/notWritten'
import { log } from '../log/log'
import type { TensorToWrite } from '../checkpoints/writeSafetensors'
import type { IdentifiedResult, StoredResult } from './kind'
import { kindOf } from './kinds'
import { isWhole, readLine, type StoredLine } from './readLine'
import { allOrNone } from './allOrNone'
import { lineOf, type AboutResult } from './lineOf'
import { newIdentity } from './newIdentity'
import { unpackTensors } from './packTensors'
import { ResultIndex } from './resultIndex'
import { namesOfTensors, readTensors, type StoredTensor } from './storedTensors'
import { removeResult } from './removeResult'
import { writeRecord, writeResult, type ResultFiles } from './writeResult'

/** Deleted results can be restored for this long, in milliseconds. */
const deletedKept = 24 * 60 * 60 * 1000

/**
 * Every finished result, kept on disk: `<folder>/<id>/result.json` as it was computed, with all that it takes to run
 * it again, `record.json` with its line of the list, and `tensors.safetensors` with its tensors and the tables that it
 * leaves. Folders of earlier versions have less in `record.json`, or none; what is missing is read from the result.
 */
export class ResultLibrary {
  /** What the person should know about the folder, as sentences. */
  readonly notes: string[] = []
  private index: ResultIndex | null = null
  /** Passing results whose folder is not written yet. */
  private readonly unwritten = new Map<string, ResultFiles>()

  /** Folders of results that could not be kept in the library's, by id. */
  private readonly elsewhere = new Map<string, string>()
  /** Ids of results that cannot be read; the log has a line for each. */
  private readonly damaged = new Set<string>()

  /** Lines of the list by id, with the state of the file that they were read from. */
  private readonly lines = new Map<string, { state: string; line: ListedResult }>()

  constructor(private readonly folder: string) {
    this.forgetDeleted()
  }

  /**
   * Complete or not at all: the folder gets its name last. Where the library's folder cannot be written, the result is
   * kept among the system's temporary files, and a note says where. Passing results without a name are in memory at
   * first: they are written once whoever waits for the answer has it, or when they are read.
   * @returns its line of the list; that of the equal result where another process was first
   * @throws UserError where it cannot be written there either
   */
  save<K extends ResultKindId>(
    kind: K,
    result: IdentifiedResult<K>,
    tables: Readonly<Record<string, TensorToWrite>> = {},
    about: AboutResult = {}
  ): ListedResult {
    const line = lineOf(kind, result, about)
    this.upToDate().add(line)
    if (line.passing && line.name === '') {
      this.unwritten.set(line.id, { line, result, tables })
      setImmediate(() => this.writeNow(line.id))
      return line
    }
    return this.write({ line, result, tables }) ? line : this.listed(line.id)
  }

  /** Writes the passing results that are in memory alone. */
  flush(): void {
    for (const id of [...this.unwritten.keys()]) this.writeNow(id)
  }

  private writeNow(id: string): void {
    const files = this.unwritten.get(id)
    if (!files) return
    this.unwritten.delete(id)
    try {
      this.write(files)
    } catch (error) {
      // It was answered already, and is quickly run again.
      log.warn('result.lost', { folder: this.path(id), error: String(error) })
    }
  }

  /** @returns false where another process kept the same result first */
  private write(files: ResultFiles): boolean {
    const { index } = this
    const upToDate = index?.state === this.state()
    try {
      if (!this.writeOnce(files)) return false
    } catch (error) {
      const reason = notWritten(error)
      if (reason === null) throw error
      this.saveElsewhere(reason, files)
    }
    this.makeRoom(files.line.kind)
    // The index has the change: the folder need not be listed again for it.
    if (index && upToDate) index.state = this.state()
    return true
  }

  private writeOnce(files: ResultFiles): boolean {
    const { id } = files.line
    const folder = this.path(id)
    try {
      writeResult(folder, files)
      return true
    } catch (error) {
      if (!existsSync(folder)) throw error
    }
    if (this.readable(id)) return false
    // What has the name is damaged. It is nobody's to delete, so it makes way.
    renameSync(folder, `${folder}.${newIdentity(null).id}.damaged`)
    writeResult(folder, files)
    return true
  }

  /** A folder of the system's temporary files, for this process alone; the note says so. */
  private saveElsewhere(reason: string, files: ResultFiles): void {
    const { id } = files.line
    const spare = mkdtempSync(join(tmpdir(), 'layerscope-unsaved-'))
    try {
      writeResult(join(spare, id), files)
    } catch (error) {
      rmSync(spare, { recursive: true, force: true })
      throw error
    }
    this.elsewhere.set(id, join(spare, id))
    const note =
      `A result could not be kept in ${this.folder}: ${reason}. It is in ${join(spare, id)} for now; move it to ` +
      'that folder once it can be written, or export the result before Layerscope ends.'
    log.warn('result.elsewhere', { folder: this.folder, reason, kept: join(spare, id) })
    this.notes.push(note)
  }

  /** Newest first. Folders that cannot be read are left out: they are not ours, or were damaged from outside. */
  list(): ListedResult[] {
    this.flush()
    return [...new Set([...this.names(), ...this.elsewhere.keys()])]
      .filter((name) => idPattern.test(name))
      .flatMap((id) => this.readable(id) ?? [])
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id))
  }

  private readable(id: string): ListedResult | null {
    try {
      return this.listed(id)
    } catch {
      return null
    }
  }

  /** The line of the list. @throws UserError where it is not kept any more */
  listed(id: string): ListedResult {
    const path = join(this.folderOf(id), 'record.json')
    const { mtimeMs, size } = statSync(path, { throwIfNoEntry: false }) ?? { mtimeMs: 0, size: 0 }
    const state = `${mtimeMs} ${size}`
    const known = this.lines.get(id)
    if (known?.state === state) return known.line
    const line = this.orDamaged(id, () => {
      const stored = existsSync(path) ? readLine(JSON.parse(readFileSync(path, 'utf8'))) : {}
      if (stored.kind !== undefined) kindOf(stored.kind)
      return isWhole(stored) ? { ...stored, id } : this.earlierLine(id, stored)
    })
    this.lines.set(id, { state, line })
    return line
  }

  /** Everything known about a result but its numbers. @throws UserError where it is not kept any more */
  record(id: string): ResultRecord {
    const line = this.listed(id)
    return { ...line, provenance: this.read(line.kind, id).provenance ?? null }
  }

  /** @throws UserError where it is not kept any more, or is of another kind */
  read<K extends ResultKindId>(kind: K, id: string): IdentifiedResult<K> {
    const { kind: keptKind } = this.listed(id)
    if (keptKind !== kind)
      throw new UserError(`This result is a ${resultTitles[keptKind]}, not a ${resultTitles[kind]}.`)
    return this.orDamaged(id, () => this.readFile(kind, id))
  }

  /** The newest result of a request that was computed by the same; null where none is kept. */
  find(key: string, compute: Compute): ListedResult | null {
    const lines = this.upToDate()
      .idsOf(key)
      .flatMap((id) => this.readable(id) ?? [])
    return lines.find((line) => line.compute && JSON.stringify(line.compute) === JSON.stringify(compute)) ?? null
  }

  /** Another process that adds, deletes or restores a result changes the folder; a key never changes. */
  private upToDate(): ResultIndex {
    if (this.index?.state === this.state()) return this.index
    this.flush()
    const state = this.state()
    return (this.index = new ResultIndex(this.list(), state))
  }

  private state(): number {
    try {
      return statSync(this.folder).mtimeMs
    } catch {
      return 0
    }
  }

  /** A result's part in the keys of those that are made from it. Results of earlier versions have no key. */
  keyOf(id: string): string {
    const { key } = this.listed(id)
    if (key !== null) return key
    return createHash('sha256')
      .update(readFileSync(join(this.folderOf(id), 'result.json')))
      .digest('hex')
  }

  rename(id: string, name: string): void {
    this.changing(id, () => writeRecord(this.folderOf(id), { ...this.listed(id), name: name.trim() }))
    this.lines.delete(id)
  }

  /** Can be undone by `restore` for a day. */
  delete(id: string): void {
    const folder = this.folderOf(id)
    const now = new Date()
    this.changing(id, () => {
      utimesSync(folder, now, now)
      // The same result may have been deleted before, and run again since.
      rmSync(`${folder}.deleted`, { recursive: true, force: true })
      renameSync(folder, `${folder}.deleted`)
    })
  }

  /** Deletes all of them, or none where one cannot be deleted. */
  deleteAll(ids: readonly string[]): void {
    allOrNone(
      ids,
      (id) => this.delete(id),
      (id) => this.restore(id)
    )
  }

  /** Restores all of them, or none where one cannot be restored. */
  restoreAll(ids: readonly string[]): void {
    allOrNone(
      ids,
      (id) => this.restore(id),
      (id) => this.delete(id)
    )
  }

  /** @throws UserError where it was not deleted, or too long ago */
  restore(id: string): void {
    const folder = this.path(id)
    if (!existsSync(`${folder}.deleted`)) throw new UserError('This result can no longer be restored; run it again.')
    // Run again since: it is there already.
    if (existsSync(folder)) return
    this.changing(id, () => renameSync(`${folder}.deleted`, folder))
  }

  /** @throws UserError where the result left no such tensor */
  tensor(id: string, name: string): StoredTensor {
    return this.tensors(id, [name])[0]!
  }

  /** Several at once. @throws UserError where the result left no such tensor */
  tensors(id: string, names: readonly string[]): StoredTensor[] {
    return readTensors(this.folderOf(id), names)
  }

  tensorNames(id: string): string[] {
    return namesOfTensors(this.folderOf(id))
  }

  /** A line of which an earlier version wrote a part, or nothing: then it is a probing run. */
  private earlierLine(id: string, { kind = 'probe', name = '', createdAt }: StoredLine): ListedResult {
    const result = this.readFile(kind, id)
    return { ...lineOf(kind, result, { name }), id, createdAt: createdAt ?? result.createdAt }
  }

  /** @throws UserError naming the folder where what it holds is damaged; there is a line in the log as well */
  private orDamaged<T>(id: string, read: () => T): T {
    try {
      return read()
    } catch (error) {
      if (isUserError(error)) throw error
      const folder = this.path(id)
      const sentence = `The kept result in ${folder} is damaged. Delete that folder, or run the result again.`
      if (!this.damaged.has(id)) {
        log.warn('result.damaged', { folder, error: String(error) })
        this.notes.push(sentence)
      }
      this.damaged.add(id)
      throw new UserError(sentence, { cause: error })
    }
  }

  private readFile<K extends ResultKindId>(kind: K, id: string): IdentifiedResult<K> {
    const json: unknown = JSON.parse(readFileSync(join(this.folderOf(id), 'result.json'), 'utf8'))
    const stored = unpackTensors(json, (name) => this.tensor(id, name).data) as StoredResult<K>
    const { earlier } = kindOf(kind)
    return { ...(earlier?.upgrade ? earlier.upgrade(stored) : stored), id } as IdentifiedResult<K>
  }

  /** The folder of a result. @throws UserError where it is not kept any more */
  folderOf(id: string): string {
    this.writeNow(id)
    const folder = this.path(id)
    if (existsSync(join(folder, 'result.json'))) return folder
    // Folders come and go as a whole: one that has lost a file is damaged.
    if (existsSync(join(folder, 'record.json')))
      this.orDamaged(id, () => {
        throw new Error('result.json is missing')
      })
    throw new UserError('This result is no longer kept; run it again.')
  }

  /** Ids are ours, hexadecimal and dashes: nothing else names a folder. */
  private path(id: string): string {
    if (!idPattern.test(id)) throw new UserError('This is not the id of a result.')
    return this.elsewhere.get(id) ?? join(this.folder, id)
  }

  /** Removes the oldest passing results of a kind beyond those that are kept; a name keeps them. */
  private makeRoom(kind: ResultKindId): void {
    const { passing } = kindOf(kind)
    if (passing === undefined) return
    for (const id of this.index?.takeBeyond(kind, passing) ?? [])
      if (this.readable(id)?.name === '') removeResult(this.path(id))
  }

  /** Makes the folder. If it cannot be written, that is a note and no reason not to start. */
  prepare(): void {
    try {
      mkdirSync(this.folder, { recursive: true })
      accessSync(this.folder, constants.W_OK)
    } catch (error) {
      this.notes.push(
        `Results cannot be kept in ${this.folder}: ${notWritten(error) ?? String(error)}. New results are lost when ` +
          'Layerscope ends; make the folder writable, or set LAYERSCOPE_DATA to another.'
      )
    }
  }

  private forgetDeleted(): void {
    for (const name of this.names()) {
      const path = join(this.folder, name)
      try {
        if (/\.(deleted|new)$/.test(name) && Date.now() - statSync(path).mtimeMs > deletedKept)
          rmSync(path, { recursive: true, force: true })
      } catch (error) {
        // Another process was faster, or the folder cannot be written: the next start tries again.
        log.debug('result.leftover', { path, error: String(error) })
      }
    }
  }

  private names(): string[] {
    try {
      return readdirSync(this.folder)
    } catch {
      return []
    }
  }

  /** @throws UserError naming the folder where the file system refuses `change` */
  private changing(id: string, change: () => void): void {
    this.index = null
    try {
      change()
    } catch (error) {
      const reason = notWritten(error)
      if (reason === null) throw error
      throw new UserError(`The result in ${this.path(id)} could not be changed: ${reason}.`, { cause: error })
    }
  }
}

const idPattern = /^[0-9a-z-]{1,64}$/
