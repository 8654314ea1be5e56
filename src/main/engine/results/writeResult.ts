import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ListedResult } from '@shared/results'
import { writeSafetensors, type TensorToWrite } from '../checkpoints/writeSafetensors'
import { atomicFolder } from '../files/atomicFolder'
import { atomicWrite } from '../files/atomicWrite'
import { packTensors } from './packTensors'

/** A result, its line of the list, and the tables that it leaves. */
export interface ResultFiles {
  line: ListedResult
  result: object
  tables: Readonly<Record<string, TensorToWrite>>
}

/**
 * Writes a result's folder, complete or not at all: it gets its name last.
 * @throws what the file system throws, also where there is a folder of that name; nothing is left then
 */
export function writeResult(folder: string, files: ResultFiles): void {
  atomicFolder(folder, (unfinished) => writeFiles(unfinished, files))
}

function writeFiles(folder: string, { line, result, tables }: ResultFiles): void {
  const { json, tensors } = packTensors(result)
  const all = { ...tables, ...tensors }
  if (Object.keys(all).length > 0) writeSafetensors(join(folder, 'tensors.safetensors'), all)
  writeFileSync(join(folder, 'result.json'), JSON.stringify(json, null, 1))
  writeRecord(folder, line)
}

/** Writes or replaces the line of a result; its folder says its id. */
export function writeRecord(folder: string, { id: _id, ...line }: ListedResult): void {
  atomicWrite(join(folder, 'record.json'), JSON.stringify(line, null, 1))
}
