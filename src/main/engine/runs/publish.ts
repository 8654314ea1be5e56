import {
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResultKindId } from '@shared/results'
import { moved } from '../activations/buildFolder'
import { atomicFolder } from '../files/atomicFolder'
import { kindOf } from '../results/kinds'
import { resultDifferences } from '../results/provenance/differences'
import type { RunFolder } from './runFolder'

/**
 * Gives a finished unit its place, in one step. Where another process was first, the two are compared: an equal one is
 * dropped, another one is kept beside it.
 * @param folder of the finished result; it is gone afterwards
 * @returns whether the unit is that of this process, equal to what was there, or different from it
 * @throws what the file system throws; nothing half is left
 */
export function publish(
  run: RunFolder,
  key: string,
  kind: ResultKindId,
  folder: string
): 'mine' | 'equal' | 'different' {
  const place = run.unit(key)
  onDisk(folder)
  if (!existsSync(place) && given(folder, place)) return 'mine'
  if (equalUnits(kind, folder, place)) {
    rmSync(folder, { recursive: true, force: true })
    return 'equal'
  }
  const beside = readdirSync(dirname(place)).filter((name) => name.startsWith(`${key}.differs-`)).length
  renameSync(folder, `${place}.differs-${beside + 1}`)
  return 'different'
}

/** Waits until files are on the disk: after a power cut a name must not stand for less. */
function onDisk(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = openSync(join(folder, name), 'r+')
    try {
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  }
}

/** @returns false where something has the name already */
function given(folder: string, place: string): boolean {
  try {
    return moved(folder, place)
  } catch (error) {
    // The library kept it on another disk.
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error
    atomicFolder(place, (unfinished) => cpSync(folder, unfinished, { recursive: true }))
    rmSync(folder, { recursive: true, force: true })
    return true
  }
}

/** Whether two units have the same numbers, to the bit: everything but names, times and what is measured. */
export function equalUnits(kind: ResultKindId, a: string, b: string): boolean {
  const [first, second] = [a, b].map(
    (folder) => JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8')) as object
  )
  return resultDifferences(first!, second!, kindOf(kind).measured).length === 0 && bytesOf(a).equals(bytesOf(b))
}

function bytesOf(folder: string): Buffer {
  const path = join(folder, 'tensors.safetensors')
  return existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
}
