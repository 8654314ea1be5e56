import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { atomicWrite } from '../files/atomicWrite'
import { isAlive } from '../processes/isAlive'
import { processSpace } from '../processes/processSpace'
import type { Executor, TaskStart, TaskState } from '../runs/executor'
import { tasksOf } from '../runs/plan'
import { readJson, type RunFolder } from '../runs/runFolder'
import { thisProgram } from './program'

/** What is kept of a task's process: its number, and where it has its meaning. */
interface LocalTask {
  pid: number
  space: string
  /** When it began, since numbers are given again; null where the system does not say. */
  birth: string | null
}

/** A worker that does not stop at its next step is ended after so many milliseconds. */
const grace = 8000

/** Processes of this machine. They outlive whoever started them. */
export const local: Executor = {
  id: 'local',
  title: 'processes of this machine',
  pollEvery: () => 500,
  check: () => Promise.resolve([]),

  async submit(run, tasks) {
    const running = [...(await local.states(run)).values()].filter((state) => state === 'running').length
    const started = tasks.slice(0, Math.max(0, (run.plan.resources.parallel ?? 1) - running))
    if (started.length > 0) run.noteSubmission({ tasks: started.map(({ task }) => task), job: null })
    for (const task of started) startTask(run, task)
    return started.map(({ task }) => task)
  },

  states(run) {
    const running = tasksOf(run.plan).filter((task) => pidOf(run, task) !== null)
    return Promise.resolve(new Map(running.map((task): [number, TaskState] => [task, 'running'])))
  },

  async cancel(run, tasks = tasksOf(run.plan)) {
    const pids = tasks.flatMap((task) => pidOf(run, task) ?? [])
    signal(pids, 'SIGTERM')
    for (const end = Date.now() + grace; Date.now() < end && pids.some(isAlive);) await pause(100)
    signal(pids.filter(isAlive), 'SIGKILL')
  },

  log: (run, task) => logOf(run, task)
}

function startTask(run: RunFolder, { task, memory }: TaskStart): void {
  const log = openSync(logOf(run, task), 'a')
  const [command, ...typed] = thisProgram(run.plan)
  const child = spawn(command!, [...typed, 'work', run.path, String(task)], {
    // Of its own group: Ctrl-C of whoever follows the run is not meant for it.
    detached: true,
    stdio: ['ignore', log, log],
    env: { ...process.env, LAYERSCOPE_RUN_LOG: logOf(run, task), LAYERSCOPE_RUN_MEMORY: String(memory) },
    windowsHide: true
  })
  closeSync(log)
  // Without a process there is no number: the task is gone, and started again.
  child.on('error', () => undefined)
  child.unref()
  if (child.pid === undefined) return
  const kept: LocalTask = { pid: child.pid, space: processSpace(), birth: birthOf(child.pid) }
  atomicWrite(run.place('local', `${task}.json`), JSON.stringify(kept))
}

/** The process that does a task; null where none does. */
function pidOf(run: RunFolder, task: number): number | null {
  const kept = readJson(run.place('local', `${task}.json`)) as LocalTask | null
  if (kept === null || kept.space !== processSpace() || !isAlive(kept.pid)) return null
  return birthOf(kept.pid) === kept.birth ? kept.pid : null
}

/** When a process began, in ticks since the start of the machine (proc(5), starttime); null where it is not known. */
function birthOf(pid: number): string | null {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return status.slice(status.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids)
    try {
      process.kill(pid, name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
}

function logOf(run: RunFolder, task: number): string {
  return run.place('logs', `${task}.out`)
}
