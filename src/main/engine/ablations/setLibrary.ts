import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { atomicWrite } from '../files/atomicWrite'
import { interventionSet, type InterventionSet, type KeptSet } from '@shared/intervention'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { notWritten } from '../files/notWritten'

/**
 * Sets of interventions that were kept under a name: a JSON file each, as it is exported, because an eraser's matrices
 * are too large for a setting.
 */
export class SetLibrary {
  constructor(private readonly folder: string) {}

  /** By name. Unreadable files are skipped: they are not ours, or were damaged from outside. */
  list(): KeptSet[] {
    if (!existsSync(this.folder)) return []
    return readdirSync(this.folder)
      .filter((file) => file.endsWith('.json'))
      .flatMap((file) => {
        const set = this.read(join(this.folder, file))
        return set ? [{ name: set.name, interventions: set.interventions.length }] : []
      })
      .sort((a, b) => a.name.localeCompare(b.name))
  }

  /** @throws UserError if no set has this name */
  load(name: string): InterventionSet {
    const set = this.read(this.path(name))
    if (!set) throw new UserError(`There is no set called '${name}'; it may have been deleted meanwhile.`)
    return set
  }

  /**
   * Saves completely or not at all; replaces a set of the same name.
   * @throws UserError naming the folder where it cannot be written
   */
  keep(set: InterventionSet): void {
    try {
      mkdirSync(this.folder, { recursive: true })
      atomicWrite(this.path(set.name), `${JSON.stringify(set)}\n`, { durable: true })
    } catch (error) {
      const reason = notWritten(error)
      if (reason === null) throw error
      throw new UserError(`The set '${set.name}' could not be kept in ${this.folder}: ${reason}.`, { cause: error })
    }
  }

  forget(name: string): void {
    rmSync(this.path(name), { force: true })
  }

  private read(path: string): InterventionSet | null {
    try {
      const parsed = v.safeParse(interventionSet, JSON.parse(readFileSync(path, 'utf8')))
      return parsed.success ? parsed.output : null
    } catch {
      return null
    }
  }

  /** A set's name may contain characters that a file's name may not. */
  private path(name: string): string {
    return join(this.folder, `${createHash('sha256').update(name).digest('hex').slice(0, 24)}.json`)
  }
}
