import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { dataDir } from '../../engine/paths'

/** Options of ssh that take an argument (OpenSSH 9). */
const withArgument = new Set('BbcDEeFIiJLlmOoPpQRSWw')

/** The machine that a command reaches, as it is named there: the destination of ssh, or else the command itself. */
export function destinationOf(command: string): string {
  const words = command.trim().split(/\s+/)
  if (!/(^|[\\/])ssh(\.exe)?$/i.test(words[0]!)) return command.trim()
  for (let i = 1; i < words.length; i++) {
    const word = words[i]!
    if (!word.startsWith('-')) return word
    if (word.length === 2 && withArgument.has(word[1]!)) i++
  }
  return command.trim()
}

/** The settings of windows whose engine is there: what was open and chosen has the paths of that machine. */
export function remoteStatePath(command: string): string {
  const destination = destinationOf(command)
  const name = destination.replace(/[^A-Za-z0-9._@-]+/g, '_').slice(0, 40)
  const hash = createHash('sha256').update(destination).digest('hex').slice(0, 8)
  return join(dataDir(), 'remote', `${name}-${hash}.json`)
}

/**
 * The command that comes back to an engine in a job of Slurm: a further step of the same job, which waits for no place
 * and takes none.
 * @param job as the far side says it, which may be anything: only a number becomes a part of the command
 */
export function backInto(command: string, job: string | null): string {
  if (job === null || !/^\d+$/.test(job)) return command
  return command.replace(/(^|[\s'"])srun(?=\s)/, `$1srun --jobid=${job} --overlap`)
}
