import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { NativeStatus } from '@shared/app'
import type { JobStatus } from '@shared/jobs'
import type { EngineSupervisor } from './engineSupervisor'
import { jobPrinter } from './terminalProgress'

/**
 * What became of the last attempt, so that a machine that cannot have native TensorFlow is not asked at every start.
 */
export interface SetupAttempts {
  /** Why this version of Layerscope failed to set it up; null where it did not try. */
  failed(): string | null
  remember(reason: string): void
}

/** Attempts noted in a small file of the cache folder; one of another version does not count. */
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
      writeFileSync(path, JSON.stringify({ version, reason }))
    }
  }
}

/**
 * On a machine without native TensorFlow: has the engine set it up while it serves with WebAssembly, and starts the
 * engine anew on it as soon as nothing runs. What goes wrong is one sentence on the terminal; the app goes on as it is.
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
  print('Native TensorFlow is being set up for this machine, once; Layerscope computes with WebAssembly meanwhile.')
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
