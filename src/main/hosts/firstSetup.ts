import type { NativeStatus } from '@shared/app'
import type { JobStatus } from '@shared/jobs'
import type { EngineSupervisor } from './engineSupervisor'
import { jobPrinter } from './terminalProgress'

/**
 * On a machine without native TensorFlow: has the engine set it up while it serves with WebAssembly, and starts the
 * engine anew on it as soon as nothing runs. What goes wrong is one sentence on the terminal; the app goes on as it is.
 */
export async function setUpNative(engine: EngineSupervisor, print: (line: string) => void = printLine): Promise<void> {
  try {
    await provision(engine, print)
  } catch (error) {
    if (engine.state().state !== 'stopped') print((error as Error).message)
  }
}

const printLine = (line: string): void => void process.stderr.write(`${line}\n`)

async function provision(engine: EngineSupervisor, print: (line: string) => void): Promise<void> {
  const { native } = (await engine.call('device.status', {})) as { native: NativeStatus }
  if (native.state !== 'missing' || process.env.LAYERSCOPE_BACKEND) return
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
    if (result.state !== 'ready') return
    if (running.size > 0) await new Promise<void>((resolve) => (whenIdle = resolve))
    await engine.restart()
  } finally {
    unsubscribe()
  }
}
