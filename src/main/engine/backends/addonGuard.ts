import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { UserError } from '@shared/userError'
import { isAlive } from '../processes/isAlive'
import { parentPort } from '../processes/parentPort'
import { processSpace } from '../processes/processSpace'

/** How a load that crashed is said. */
export interface GuardedAddon {
  /** What the add-on is of: 'native TensorFlow'. */
  name: string
  /** What to do about it. */
  cure: string
}

const nativeTensorFlow: GuardedAddon = {
  name: 'native TensorFlow',
  cure: 'Try it again in the device panel, or rebuild it with `npm run setup -- --force`.'
}

/** A load in progress; its file is next to the add-on until the first tensor has come back. */
export interface GuardedLoad {
  done(): void
}

const prefix = 'loading-'
/** Of a note that a load has come back since this machine was started. */
const survivedPrefix = 'survived-'
/** Of a note whose process is known to have crashed. */
const crashedSuffix = '-crashed'
/**
 * A process that a person or the system ended while it loaded leaves a note as well, and a machine that is switched off
 * leaves several at once: two count that began one after the other, in milliseconds. None counts where a load has come
 * back: workers of a run may be ended at any time, and what is missing here would have ended that load, too.
 */
const oneAfterTheOther = 10_000
/** Environment variable that tells an engine which process crashed before it, where its host saw that. */
export const crashedEngineVariable = 'LAYERSCOPE_CRASHED_ENGINE'

/**
 * Notes that an add-on is being loaded. A processor without AVX, or a C library that is too old, ends the process
 * inside `dlopen`: nothing can be caught, and the next process would crash in the same way. A note left behind
 * by its process shows this. Programs load the same add-on differently (a desktop shell brings its own allocator), so
 * notes are kept apart by runtime.
 * @throws UserError if loads of this add-on crashed their processes
 */
export function guardLoad(addon: string, of = nativeTensorFlow): GuardedLoad {
  const died = deadLoad(addon, of)
  if (died) throw new UserError(died)
  const note = join(dirname(addon), `${prefixHere()}${process.pid}`)
  if (!leave(note)) return { done: () => undefined }
  return {
    done() {
      leave(survivedNote(addon))
      for (const name of [basename(note), ...deadNotes(addon)]) rmSync(join(dirname(addon), name), { force: true })
    }
  }
}

/** Why an add-on is not loaded again, as a sentence; null if it can be loaded. */
export function deadLoad(addon: string, { name, cure } = nativeTensorFlow): string | null {
  const dead = deadNotes(addon)
  for (const note of dead.filter((note) => note.endsWith(`-${process.env[crashedEngineVariable]}`)))
    renameSync(join(dirname(addon), note), join(dirname(addon), `${note}${crashedSuffix}`))
  const crashed = notes(addon).some((note) => note.endsWith(crashedSuffix))
  const began = dead.flatMap((note) => begunAt(join(dirname(addon), note)) ?? [])
  const counts = began.length > 0 && Math.max(...began) - Math.min(...began) >= oneAfterTheOther
  if (!crashed && (!counts || existsSync(survivedNote(addon)))) return null
  return `The process crashed while it loaded ${name} (${basename(dirname(addon))}), so it is not used. ${cure}`
}

/** Forgets loads that crashed their process, so that the next start tries the add-on again. */
export function forgetDeadLoads(addon: string): void {
  for (const name of notes(addon)) rmSync(join(dirname(addon), name), { force: true })
}

/**
 * Notes of processes that are gone. Of those of another machine, which share the folder on a cluster, that is not known
 * here.
 */
function deadNotes(addon: string): string[] {
  return notes(addon)
    .filter((name) => name.startsWith(prefixHere()))
    .filter((name) => !isAlive(Number(name.replace(crashedSuffix, '').split('-').at(-1))))
}

function notes(addon: string): string[] {
  const folder = dirname(addon)
  return existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith(`${prefix}${runtime()}-`)) : []
}

/** Milliseconds since 1970; undefined for a note that another process has just removed. */
function begunAt(note: string): number | undefined {
  return statSync(note, { throwIfNoEntry: false })?.mtimeMs
}

/** @returns false where it cannot be written: a read-only cache, or a full disk, works as well */
function leave(note: string): boolean {
  try {
    writeFileSync(note, '')
    return true
  } catch {
    return false
  }
}

function prefixHere(): string {
  return `${prefix}${runtime()}-${processSpace()}-`
}

function survivedNote(addon: string): string {
  return join(dirname(addon), `${survivedPrefix}${runtime()}-${processSpace()}`)
}

function runtime(): string {
  return `${parentPort() ? 'utility' : 'node'}${process.versions.modules}`
}
