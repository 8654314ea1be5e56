import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { UserError } from '@shared/userError'
import { atomicWrite } from '../files/atomicWrite'
import { lastLine, runTool, type ToolResult } from '../processes/runTool'
import { ExecutorSilent, type Executor, type TaskStart, type TaskState } from '../runs/executor'
import { tasksOf, type Resources, type RunPlan } from '../runs/plan'
import { readJson, type RunFolder } from '../runs/runFolder'
import { timesSize } from './memorySize'
import { programInScript, shellWord } from './program'
import { blocksOf, rangesOf } from './ranges'

/** Milliseconds after which a command of Slurm counts as silent. */
const limitMs = 30_000
/** Slurm's own default. */
const usualArray = 1001

/** What Slurm says where it will take the job later. */
const later = new RegExp(
  'contact slurm controller|timed out|temporarily|connection refused|communication|not running|try again|' +
    'MaxJob|MaxSubmit|(submit|job) limit|QOS.*limit',
  'i'
)

/** States of a job that has not begun. */
const waitingStates = ['PENDING', 'CONFIGURING', 'REQUEUED', 'REQUEUE_FED', 'RESV_DEL_HOLD']
/** Reasons for which a job never begins by itself. */
const stuckReasons = /launch.failed.requeued.held|JobHeldAdmin|DependencyNeverSatisfied/i

/**
 * Job arrays of Slurm, through sbatch, squeue and scancel alone: accounting is not asked, as many clusters have none.
 * The name of a job says its run and the first task of its array, so that jobs of a submission that was not answered
 * are found.
 */
export const slurm: Executor = {
  id: 'slurm',
  title: 'job arrays of Slurm',
  pollEvery: (tasks) => (tasks < 1000 ? 10_000 : 30_000),

  async check(plan) {
    const most = await arraySize()
    const [first] = blocksOf(tasksOf(plan), most)
    const options = [...optionsOf(plan.resources, 1), `--array=${rangesOf(first![1])}`]
    const tested = await ask('sbatch', ['--test-only', ...options, '--wrap', 'true'])
    const said = lastLine(tested.stderr || tested.stdout)
    if (tested.code !== 0 && !later.test(said)) throw refused(said)
    return [`Slurm: ${said}`]
  },

  async submit(run, tasks) {
    const most = await arraySizeOf(run)
    const submitted: number[] = []
    for (const memory of new Set(tasks.map((each) => each.memory)))
      for (const [offset, indices] of blocksOf(numbersOf(tasks, memory), most)) {
        await submitArray(run, offset, indices, memory)
        submitted.push(...indices.map((index) => offset + index))
      }
    return submitted
  },

  async states(run) {
    const states = new Map<number, TaskState>()
    for (const { task, state } of await jobsOf(run)) {
      const known = states.get(task)
      // Two submissions of one task: what runs counts before what waits.
      if (known === undefined || rank[state] > rank[known]) states.set(task, state)
    }
    return states
  },

  async cancel(run, tasks) {
    const ids = (await jobsOf(run)).filter(({ task }) => tasks?.includes(task) ?? true).map(({ id }) => id)
    // Command lines have an end.
    for (let i = 0; i < ids.length; i += 500) await ask('scancel', ids.slice(i, i + 500))
  },

  log(run, task) {
    const job = run.submissions().findLast(({ tasks }) => tasks.includes(task))?.job
    if (!job) return null
    const path = run.place('logs', `${job}_${task % (keptSize(run) ?? usualArray)}.out`)
    return existsSync(path) ? path : null
  }
}

const rank: Readonly<Record<TaskState, number>> = { gone: 0, stuck: 1, waiting: 2, running: 3 }

function numbersOf(tasks: readonly TaskStart[], memory: number): number[] {
  return tasks.filter((each) => each.memory === memory).map(({ task }) => task)
}

async function submitArray(run: RunFolder, offset: number, indices: readonly number[], memory: number): Promise<void> {
  const { plan } = run
  const script = run.place('slurm', `job-${offset}${memory > 1 ? `-x${memory}` : ''}.sh`)
  mkdirSync(run.place('slurm'), { recursive: true })
  writeFileSync(script, scriptOf(run, offset, memory))
  const parallel = plan.resources.parallel ? `%${plan.resources.parallel}` : ''
  const tasks = indices.map((index) => offset + index)
  const { code, stdout, stderr, tooLong } = await ask('sbatch', [
    '--parsable',
    `--array=${rangesOf(indices)}${parallel}`,
    script
  ])
  const said = lastLine(stderr)
  // Whether it was submitted after all, squeue says by its name at the next look.
  if (tooLong || (code !== 0 && later.test(stderr))) throw new ExecutorSilent(`sbatch: ${said || 'no answer'}`)
  if (code !== 0) throw refused(said)
  run.noteSubmission({ tasks, job: stdout.trim().split(';')[0]! })
}

function scriptOf(run: RunFolder, offset: number, memory: number): string {
  const { resources } = run.plan
  const log = run.place('logs', '%A_%a.out')
  return [
    '#!/bin/bash',
    ...optionsOf(resources, memory).map((option) => `#SBATCH ${option}`),
    `#SBATCH --job-name=${nameOf(run.plan, offset)}`,
    `#SBATCH --output=${shellWord(log)}`,
    // A lost node's task begins again; the log is continued. The signal reaches the work, which the shell becomes.
    '#SBATCH --requeue --open-mode=append --signal=B:TERM@120',
    ...(resources.setup ? [resources.setup] : []),
    `export LAYERSCOPE_RUN_MEMORY=${memory}`,
    `export LAYERSCOPE_RUN_LOG=${shellWord(run.place('logs'))}/"$SLURM_ARRAY_JOB_ID"_"$SLURM_ARRAY_TASK_ID".out`,
    `exec ${programInScript(run.plan)} work ${shellWord(run.path)} $((${offset} + SLURM_ARRAY_TASK_ID))`,
    ''
  ].join('\n')
}

/** Options of sbatch. @param times how many times the planned memory */
function optionsOf(resources: Resources, times: number): string[] {
  const { cpus, mem, gpus, time, partition, account, constraint } = resources
  const given = { mem: mem && timesSize(mem, times), gpus, time, partition, account, constraint }
  return [
    `--cpus-per-task=${cpus}`,
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`]))
  ]
}

function nameOf({ id }: RunPlan, offset: number): string {
  return `layerscope-${id}-${offset}`
}

/** Jobs of the run that have not ended. */
async function jobsOf(run: RunFolder): Promise<{ id: string; task: number; state: TaskState }[]> {
  const offsets = [...blocksOf(tasksOf(run.plan), await arraySizeOf(run)).keys()]
  const names = offsets.map((offset) => nameOf(run.plan, offset)).join(',')
  const { code, stdout, stderr } = await ask('squeue', ['-h', '-r', '-n', names, '-o', '%i|%j|%T|%r'])
  if (code !== 0) throw new ExecutorSilent(`squeue: ${lastLine(stderr) || 'no answer'}`)
  return stdout.split('\n').flatMap((line) => {
    const [id, name = '', state = '', reason = ''] = line.split('|')
    const index = /_(\d+)$/.exec(id ?? '')?.[1]
    const offset = /-(\d+)$/.exec(name)?.[1]
    if (index === undefined || offset === undefined) return []
    return [{ id: id!, task: Number(offset) + Number(index), state: stateOf(state, reason) }]
  })
}

function stateOf(state: string, reason: string): TaskState {
  if (stuckReasons.test(reason) || state === 'SPECIAL_EXIT' || state === 'REQUEUE_HOLD') return 'stuck'
  return waitingStates.includes(state) ? 'waiting' : 'running'
}

/** The size of the run's arrays, which stays what it was when the first one was submitted. */
async function arraySizeOf(run: RunFolder): Promise<number> {
  const kept = keptSize(run)
  if (kept !== null) return kept
  const most = await arraySize()
  mkdirSync(run.place('slurm'), { recursive: true })
  atomicWrite(run.place('slurm', 'array.json'), JSON.stringify({ most }))
  return most
}

function keptSize(run: RunFolder): number | null {
  return (readJson(run.place('slurm', 'array.json')) as { most: number } | null)?.most ?? null
}

/** Tasks of an array are numbered below this. @throws ExecutorSilent where Slurm does not answer */
async function arraySize(): Promise<number> {
  const { code, stdout, stderr } = await ask('scontrol', ['show', 'config'])
  if (code !== 0) throw new ExecutorSilent(`scontrol: ${lastLine(stderr) || 'no answer'}`)
  return Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(stdout)?.[1] ?? usualArray)
}

/** @throws UserError where this machine has no Slurm */
async function ask(command: string, typed: readonly string[]): Promise<ToolResult> {
  const result = await runTool(command, typed, { limitMs, env: { LC_ALL: 'C' } })
  if (result) return result
  throw new UserError(
    `There is no ${command} on this machine. Run the command on a cluster's login node, or choose \`--on local\`.`
  )
}

function refused(said: string): UserError {
  return new UserError(`Slurm refuses the run: ${said.replace(/^(sbatch: )?(error: )?(allocation failure: )?/, '')}`)
}
