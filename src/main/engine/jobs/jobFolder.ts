import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { hostname, uptime } from 'node:os'
import { join } from 'node:path'
import { endedStates } from '@shared/jobs'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { atomicWrite } from '../files/atomicWrite'
import { notWritten } from '../files/notWritten'
import { isAlive } from '../processes/isAlive'
import { jobRecordSchema, type JobRecord } from './jobRecord'

/** Ended jobs that are kept; older ones are removed. */
export const keptEnded = 50
/**
 * After so long, in milliseconds, a job of another machine is nobody's, and damaged and unfinished files are removed.
 */
const abandonedAfter = 30 * 24 * 60 * 60 * 1000

/** The process that answers for a job. */
const ownerSchema = v.object({ machine: v.string(), pid: v.number(), engine: v.string(), since: v.number() })
export type JobOwner = v.InferOutput<typeof ownerSchema>

const fileSchema = v.object({ owner: ownerSchema, record: jobRecordSchema })

/**
 * The jobs of the queue on disk: `<folder>/<hash of the id>.json`, one file a job, complete or not at all. Every file
 * names the process that answers for the job. Several engines may share the folder: none touches what belongs to
 * another that is alive. A file that cannot be read is set aside, with a note, and hides no other.
 */
export class JobFolder {
  /** What went wrong with files, as sentences. */
  readonly notes: string[] = []

  /** @param owner this process; a parameter so that a test can be another one */
  constructor(
    private readonly folder: string,
    private readonly owner: JobOwner = {
      machine: hostname(),
      pid: process.pid,
      engine: randomUUID(),
      since: Date.now()
    }
  ) {}

  /** Keeps a job under this process. A disk that cannot be written to is noted and stops no work. */
  write(record: JobRecord): void {
    const path = this.path(record.id)
    try {
      mkdirSync(this.folder, { recursive: true })
      atomicWrite(path, JSON.stringify({ owner: this.owner, record }))
    } catch (error) {
      this.note(
        `The queue could not be saved in ${this.folder}: ${notWritten(error) ?? (error as Error).message}. ` +
          'Jobs run all the same, but a restart of the engine forgets them; make the folder writable.'
      )
    }
  }

  remove(id: string): void {
    rmSync(this.path(id), { force: true })
  }

  /**
   * Takes over the jobs whose process is gone, and answers them: what had not ended is interrupted.
   * @param known ids of the jobs that this process answers for already
   */
  adopt(known: ReadonlySet<string>): JobRecord[] {
    const adopted: JobRecord[] = []
    for (const name of this.files()) {
      const path = join(this.folder, name)
      if (!name.endsWith('.json')) {
        if (isAbandoned(path)) rmSync(path, { force: true })
        continue
      }
      const file = this.read(path)
      if (!file || known.has(file.record.id) || this.isOthers(file.owner, path)) continue
      const record: JobRecord = endedStates.includes(file.record.state)
        ? file.record
        : { ...file.record, state: 'interrupted', message: '', secondsLeft: null }
      this.write(record)
      adopted.push(record)
    }
    return adopted
  }

  /** @throws UserError where another process has taken the job over, or it was removed */
  requireOwn(id: string): void {
    const path = this.path(id)
    const file = existsSync(path) ? this.read(path) : null
    if (!file) throw new UserError('This job is not kept any more; start it again.')
    if (this.isOthers(file.owner, path))
      throw new UserError('Another running Layerscope has taken this job over; continue it there.')
  }

  private files(): string[] {
    try {
      return readdirSync(this.folder)
    } catch {
      return []
    }
  }

  private read(path: string): { owner: JobOwner; record: JobRecord } | null {
    try {
      return v.parse(fileSchema, JSON.parse(readFileSync(path, 'utf8')))
    } catch (error) {
      // Another process may have removed it meanwhile.
      if (!existsSync(path)) return null
      renameSync(path, `${path}.damaged`)
      this.note(
        `A file of the queue is damaged and was left out: ${(error as Error).message}. ` +
          `It is kept as ${path}.damaged; the job has to be started again.`
      )
      return null
    }
  }

  /** Whether the owner is another process that is alive, as far as this machine can see. */
  private isOthers(owner: JobOwner, path: string): boolean {
    if (owner.engine === this.owner.engine) return false
    if (owner.machine !== this.owner.machine) return !isAbandoned(path)
    // The same number as this process, or one from before the machine was started: of a process that is gone.
    const startOfMachine = Date.now() - uptime() * 1000
    return owner.pid !== this.owner.pid && owner.since >= startOfMachine && isAlive(owner.pid)
  }

  private note(text: string): void {
    if (!this.notes.includes(text)) this.notes.push(text)
  }

  /** Ids come from windows and may hold what no file's name may. */
  private path(id: string): string {
    return join(this.folder, `${createHash('sha256').update(id).digest('hex').slice(0, 24)}.json`)
  }
}

function isAbandoned(path: string): boolean {
  const file = statSync(path, { throwIfNoEntry: false })
  return file !== undefined && Date.now() - file.mtimeMs > abandonedAfter
}
