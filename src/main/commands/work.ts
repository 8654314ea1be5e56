import { randomUUID } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import type { JobStatus } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import { jsonAlone } from '../commandLine/commonOptions'
import { processSpace } from '../engine/processes/processSpace'
import { workingPrefix } from '../engine/runs/controller'
import { tasksOf, type RunPlan } from '../engine/runs/plan'
import { RunFolder } from '../engine/runs/runFolder'
import { workTask, type UnitWork } from '../engine/runs/worker'

/** How often a worker looks for the file that stops it, in milliseconds. */
const lookEvery = 1000

export const workCommand = defineCommand({
  name: 'work',
  description:
    'Does one task of a run: what its jobs execute. It works by hand as well, on any machine that sees the folder of ' +
    'the run; work that is done already is not repeated.',
  arguments: [
    { name: 'RUN', description: 'the folder of a run, made by `layerscope sweep --on`', missing: 'Name the folder.' },
    { name: 'TASK', description: 'the number of a task of its plan, from 0', missing: 'Give the number of a task.' }
  ],
  options: { json: jsonAlone },
  notes: `SIGTERM ends it at the next step of the unit under way, which keeps the word vectors it has.

LAYERSCOPE_RUN_LOG     the file that its output goes to, which \`layerscope run logs\` shows
LAYERSCOPE_RUN_MEMORY  how many times the planned memory it was given (default 1)`,
  examples: ['layerscope work /shared/runs/layers 0'],
  exitCodes: 'Exits with 1 if a unit of the task is missing at the end.',
  resume: 'Finished units are kept; the same command does the rest.',
  async run({ values, arguments: [path, number], report }) {
    const { LAYERSCOPE_RUN_LOG: log, LAYERSCOPE_RUN_MEMORY: memory } = process.env
    // Who types this sees the folder; a machine that a scheduler chose may see it a moment later.
    const run = log === undefined ? RunFolder.open(path!) : await RunFolder.openPatiently(path!)
    const task = Number(number)
    if (!tasksOf(run.plan).includes(task))
      throw new UserError(`The run has no task '${number}'; it has ${tasksOf(run.plan).length}, counted from 0.`)
    if (run.stopped) return 0
    // Every machine computes with as many threads as the plan says.
    process.env.LAYERSCOPE_THREADS = String(run.plan.resources.cpus)
    const stop = new AbortController()
    const release = stopBy(run, stop)
    const folder = run.place(`${workingPrefix}${process.pid}-${processSpace()}-${randomUUID().slice(0, 8)}`)
    mkdirSync(folder)
    try {
      const work = await startWork(run, task, folder)
      const about = { job: jobOf(), log: log ?? null, memory: Number(memory) || 1, say }
      const done = await workTask(run, task, work, about, stop.signal)
      const units = run.plan.units.filter((unit) => unit.task === task)
      const result = { task, units: units.map(({ key, title }) => ({ key, title, kept: run.isKept(key) })) }
      report.result(values.json, result, () => '')
      return done || stop.signal.aborted ? 0 : 1
    } finally {
      release()
      rmSync(folder, { recursive: true, force: true })
    }
  }
})

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

/** The scheduler's name of this job. */
function jobOf(): string | null {
  const { SLURM_ARRAY_JOB_ID: array, SLURM_ARRAY_TASK_ID: index, LAYERSCOPE_RUN_JOB: job } = process.env
  return array && index ? `${array}_${index}` : (job ?? null)
}

/** @returns what ends the listening */
function stopBy(run: RunFolder, stop: AbortController): () => void {
  const end = (): void => stop.abort()
  const timer = setInterval(() => (run.stopped ? end() : undefined), lookEvery)
  timer.unref()
  const signals = ['SIGTERM', 'SIGINT'] as const
  for (const signal of signals) process.on(signal, end)
  return () => {
    clearInterval(timer)
    for (const signal of signals) process.off(signal, end)
  }
}

/** The engine, imported here so that a stopped run ends at once. Its results are written to `folder`. */
async function startWork(run: RunFolder, task: number, folder: string): Promise<UnitWork> {
  const [{ pickBackend }, { createServices }, { unitWork }] = await Promise.all([
    import('../engine/backends/pick'),
    import('../engine/services'),
    import('../engine/services/runUnits')
  ])
  await pickBackend()
  const report = progressOf(run, task)
  const services = createServices((status) => report.of(status), folder)
  services.runs.name = run.plan.name
  const work = unitWork(services, run.plan)
  return {
    ...work,
    run(unit, signal) {
      report.key = unit.key
      return work.run(unit, signal)
    }
  }
}

/** Writes the progress of the unit under way, at most once a second, more rarely where there are many tasks. */
function progressOf(run: RunFolder, task: number): { key: string; of(status: JobStatus): void } {
  const every = pace(run.plan)
  let last = 0
  return {
    key: '',
    of({ state, done, total, message }) {
      if (state !== 'running' || Date.now() - last < every) return
      last = Date.now()
      const at = new Date(last).toISOString()
      run.writeProgress(task, { host: hostname(), key: this.key, done, total, message, at })
    }
  }
}

function pace(plan: RunPlan): number {
  return tasksOf(plan).length < 500 ? 1000 : 5000
}
