import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { atomicFolder } from '../files/atomicFolder'
import type { RunFolder } from './runFolder'

/**
 * Copies the kept units of a run into the library, under ids made of what they compute and by what: what is there
 * already is left alone.
 * @param library the folder of results
 * @returns ids of results that were added, and how many were there
 */
export function collect(run: RunFolder, library: string): { added: string[]; there: number } {
  const ids = [...run.kept()].map((key) => ({ key, id: idOf(run.unit(key)) }))
  const added = ids.filter(({ key, id }) => add(run.unit(key), join(library, id))).map(({ id }) => id)
  return { added, there: ids.length - added.length }
}

/** @returns false where it is there, or another process was faster */
function add(unit: string, place: string): boolean {
  if (existsSync(place)) return false
  try {
    atomicFolder(place, (unfinished) => cpSync(unit, unfinished, { recursive: true }))
    return true
  } catch (error) {
    if (existsSync(place)) return false
    throw error
  }
}

function idOf(unit: string): string {
  return (JSON.parse(readFileSync(join(unit, 'result.json'), 'utf8')) as { id: string }).id
}
