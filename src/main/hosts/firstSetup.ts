import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { NativeStatus } from '@shared/app'
import type { JobStatus } from '@shared/jobs'
import { atomicWrite } from '../engine/files/atomicWrite'
import type { EngineSupervisor } from './engineSupervisor'
import { jobPrinter } from './terminalProgress'

/**
 * What became of the last attempt, so that a machine that cannot have native TensorFlow is not asked at every start.
 */
export interface SetupAttempts {
  /** Why this version of Layerscope failed to set it up; null if it has not tried. */
  failed(): string | null
  remember(reason: string): void
}

/** Records attempts in a small file of the cache folder; those of another version do not count. */
export function setupAttempts(path: string, version: string): SetupAttempts {
  return {
    failed() {
      try {
        const kept = JSON.parse(readFileSync(path, 'utf8')) as { version?: unknown; reason?: unknown }
        return kept.version === version && typeof kept.reason === 'string' ? kept.reason : null
      } catch {
        return null
      }
    },
    remember(reason) {
      mkdirSync(dirname(path), { recursive: true })
      atomicWrite(path, JSON.stringify({ version, reason }))
    }
  }
}

/**
 * On a machine without native TensorFlow, sets it up while the engine runs on WebAssembly, and restarts the
 * engine on it as soon as it is idle. A failure is one line on the terminal; the app continues on WebAssembly.
 */
export async function setUpNative(
  engine: EngineSupervisor,
  attempts: SetupAttempts,
  print: (line: string) => void = printLine
): Promise<void> {
  try {
    await provision(engine, attempts, print)
  } catch (error) {
    if (engine.state().state !== 'stopped') print((error as Error).message)
  }
}

const printLine = (line: string): void => void process.stderr.write(`${line}\n`)

async function provision(
  engine: EngineSupervisor,
  attempts: SetupAttempts,
  print: (line: string) => void
): Promise<void> {
  const { native } = (await engine.call('device.status', {})) as { native: NativeStatus }
  if (native.state !== 'missing' || process.env.LAYERSCOPE_BACKEND) return
  const failed = attempts.failed()
  if (failed !== null) {
    print(`Native TensorFlow could not be set up before (${failed}) \`npm run setup\` tries again.`)
    return
  }
  print('Setting up native TensorFlow for this machine, once; meanwhile Layerscope computes with WebAssembly.')
  const showJob = jobPrinter()
  const running = new Set<string>()
  let whenIdle: (() => void) | undefined
  const unsubscribe = engine.subscribe((name, payload) => {
    if (name !== 'job.changed') return
    const job = payload as JobStatus
    if (job.kind === 'setup') showJob(job)
    else if (job.state === 'running') running.add(job.id)
    else running.delete(job.id)
    if (running.size === 0) whenIdle?.()
  })
  try {
    const result = (await engine.call('device.provision', {})) as NativeStatus
    print(result.reason)
    if (result.state !== 'ready') {
      attempts.remember(result.reason)
      return
    }
    if (running.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve))
    await engine.restart()
  } finally {
    unsubscribe()
  }
}
