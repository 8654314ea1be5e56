import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ListedResult, ResultKindId } from '@shared/results'
import { writeSafetensors, type TensorToWrite } from '../checkpoints/writeSafetensors'
import { atomicWrite } from '../files/atomicWrite'
import type { IdentifiedResult } from './kind'
import { lineOf, type AboutResult } from './lineOf'
import { packTensors } from './packTensors'

/** A result, the tables it leaves, and what is kept beside it. */
export type ResultParts<K extends ResultKindId> = [
  kind: K,
  result: IdentifiedResult<K>,
  tables: Readonly<Record<string, TensorToWrite>>,
  about: AboutResult
]

/**
 * Writes a result's folder, complete or not at all: it gets its name last.
 * @throws what the file system throws; nothing is left then
 */
export function writeResult<K extends ResultKindId>(folder: string, ...parts: ResultParts<K>): void {
  // Ids are unique: no other process writes this folder.
  const unfinished = `${folder}.new`
  try {
    writeFiles(unfinished, ...parts)
    renameSync(unfinished, folder)
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true })
    throw error
  }
}

function writeFiles<K extends ResultKindId>(folder: string, ...[kind, result, tables, about]: ResultParts<K>): void {
  mkdirSync(folder, { recursive: true })
  const { json, tensors } = packTensors(result)
  const all = { ...tables, ...tensors }
  if (Object.keys(all).length > 0) writeSafetensors(join(folder, 'tensors.safetensors'), all)
  writeFileSync(join(folder, 'result.json'), JSON.stringify(json, null, 1))
  writeRecord(folder, lineOf(kind, result, about))
}

/** Writes or replaces the line of a result; its folder says its id. */
export function writeRecord(folder: string, { id: _id, ...line }: ListedResult): void {
  atomicWrite(join(folder, 'record.json'), JSON.stringify(line, null, 1))
}
