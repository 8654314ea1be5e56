import { randomUUID } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import type { KeptKind, KeptRecord, KeptResults, KeptSummary } from '@shared/kept'
import { UserError } from '@shared/userError'
import { openSafetensors } from '../checkpoints/safetensors'
import { writeSafetensors, type TensorToWrite } from '../checkpoints/writeSafetensors'
import { keptKinds } from './kinds'
import type { KindRules } from './kind'

/** Deleted results can be taken back for so long, in milliseconds. */
const deletedKept = 24 * 60 * 60 * 1000

/** A stored tensor as float32 with its shape; class ids are exact in it. */
export interface StoredTensor {
  shape: number[]
  data: Float32Array
}

/** The id and time of a result about to be kept. */
export function newIdentity(): Pick<KeptRecord, 'id' | 'createdAt'> {
  return { id: `${Date.now().toString(36)}-${randomUUID().slice(0, 8)}`, createdAt: new Date().toISOString() }
}

/**
 * Every finished result, kept on disk: `<folder>/<id>/result.json` as it was computed, `record.json` with its kind and
 * the user's name for it, and `tensors.safetensors` where it leaves any. A folder without `record.json` is a probing
 * run of an earlier version.
 *
 * To keep another kind of results: a line in `KeptResults` (shared/kept.ts), a `KindRules` in a file of its own and its
 * line in `keptKinds`, and `library.save(kind, result, tensors)` where it is computed. List, filter, rename, delete and
 * export follow from the summary.
 */
export class ResultLibrary {
  /** Results never change, so one that was summarised once is not read again. */
  private readonly summaries = new Map<string, Omit<KeptSummary, keyof KeptRecord>>()

  constructor(private readonly folder: string) {
    this.forgetDeleted()
  }

  /** Complete or not at all: the folder gets its name last. */
  save<K extends KeptKind>(
    kind: K,
    result: KeptResults[K],
    tensors: Readonly<Record<string, TensorToWrite>> = {},
    name = ''
  ): void {
    const folder = this.path(result.id)
    const unfinished = `${folder}.new`
    mkdirSync(unfinished, { recursive: true })
    if (Object.keys(tensors).length > 0) writeSafetensors(join(unfinished, 'tensors.safetensors'), tensors)
    writeFileSync(join(unfinished, 'result.json'), JSON.stringify(result, null, 1))
    writeRecord(unfinished, { kind, createdAt: result.createdAt, name })
    renameSync(unfinished, folder)
  }

  /** Newest first. Folders that cannot be read are left out: they are not ours, or were damaged from outside. */
  list(): KeptSummary[] {
    if (!existsSync(this.folder)) return []
    return readdirSync(this.folder)
      .filter((name) => idPattern.test(name))
      .flatMap((id) => {
        try {
          return [this.summary(id)]
        } catch {
          return []
        }
      })
      .sort((a, b) => b.createdAt.localeCompare(a.createdAt))
  }

  /** @throws UserError where it is not kept any more */
  summary(id: string): KeptSummary {
    const record = this.record(id)
    let summary = this.summaries.get(id)
    if (!summary) {
      summary = rulesOf(record.kind).summarise(this.read(record.kind, id))
      this.summaries.set(id, summary)
    }
    return { ...record, ...summary }
  }

  record(id: string): KeptRecord {
    const folder = this.need(id)
    const path = join(folder, 'record.json')
    if (existsSync(path)) return { id, ...(JSON.parse(readFileSync(path, 'utf8')) as StoredRecord) }
    const { createdAt } = JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as KeptResults['probe']
    return { id, kind: 'probe', createdAt, name: '' }
  }

  /** @throws UserError where it is not kept any more, or is of another kind */
  read<K extends KeptKind>(kind: K, id: string): KeptResults[K] {
    const record = this.record(id)
    const rules = rulesOf(kind)
    if (record.kind !== kind)
      throw new UserError(`This result is a ${rulesOf(record.kind).title}, not a ${rules.title}.`)
    const stored = JSON.parse(readFileSync(join(this.need(id), 'result.json'), 'utf8')) as KeptResults[K]
    return rules.upgrade ? rules.upgrade(stored) : stored
  }

  rename(id: string, name: string): void {
    const { kind, createdAt } = this.record(id)
    writeRecord(this.need(id), { kind, createdAt, name: name.trim() })
  }

  /** Can be taken back by `restore` for a day. */
  delete(id: string): void {
    const folder = this.need(id)
    const now = new Date()
    utimesSync(folder, now, now)
    renameSync(folder, `${folder}.deleted`)
  }

  /** @throws UserError where it was not deleted, or too long ago */
  restore(id: string): void {
    const folder = this.path(id)
    if (!existsSync(`${folder}.deleted`))
      throw new UserError('This result cannot be taken back any more; run it again.')
    renameSync(`${folder}.deleted`, folder)
  }

  /** @throws UserError where the result left no such tensor */
  tensor(id: string, name: string): StoredTensor {
    return this.tensors(id, [name])[0]!
  }

  /** Several at once. @throws UserError where the result left no such tensor */
  tensors(id: string, names: readonly string[]): StoredTensor[] {
    const path = join(this.need(id), 'tensors.safetensors')
    if (!existsSync(path)) throw new UserError('This result was kept without its tables; run it again.')
    const file = openSafetensors(path)
    try {
      return names.map((name) => ({ shape: file.describe(name).shape, data: file.read(name) }))
    } finally {
      file.close()
    }
  }

  tensorNames(id: string): string[] {
    const path = join(this.need(id), 'tensors.safetensors')
    if (!existsSync(path)) return []
    const file = openSafetensors(path)
    try {
      return file.names()
    } finally {
      file.close()
    }
  }

  private need(id: string): string {
    const folder = this.path(id)
    if (!existsSync(join(folder, 'result.json'))) throw new UserError('This result is not kept any more; run it again.')
    return folder
  }

  /** Ids are ours, hexadecimal and dashes: nothing else names a folder. */
  private path(id: string): string {
    if (!idPattern.test(id)) throw new UserError('This is not the id of a result.')
    return join(this.folder, id)
  }

  private forgetDeleted(): void {
    if (!existsSync(this.folder)) return
    for (const name of readdirSync(this.folder)) {
      const path = join(this.folder, name)
      if (name.endsWith('.deleted') && Date.now() - statSync(path).mtimeMs > deletedKept)
        rmSync(path, { recursive: true, force: true })
    }
  }
}

const idPattern = /^[0-9a-z-]{1,64}$/

type StoredRecord = Omit<KeptRecord, 'id'>

function writeRecord(folder: string, record: StoredRecord): void {
  const path = join(folder, 'record.json')
  writeFileSync(`${path}.new`, JSON.stringify(record, null, 1))
  renameSync(`${path}.new`, path)
}

/** The rules of a kind. A kind that this version does not know is nobody's. */
function rulesOf<K extends KeptKind>(kind: K): KindRules<K> {
  if (!Object.hasOwn(keptKinds, kind))
    throw new UserError(`This version of Layerscope knows no results of the kind '${kind}'; open it with a newer one.`)
  return keptKinds[kind]
}
