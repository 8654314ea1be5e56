import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import * as v from 'valibot'
import { UserError } from '@shared/userError'
import type { Cluster } from '../engine/executors/clusters'
import type { RunPlan } from '../engine/runs/plan'
import { flag, group, number, text, withDefault, type Values } from './option'

const whole = v.pipe(v.number(), v.integer(), v.minValue(1))
const seconds = v.pipe(v.number(), v.minValue(0.1))

/** How often a scheduler is asked. */
export const every = number(
  seconds,
  'SECONDS',
  'look at the run so often (by default 0.5 on this machine, elsewhere 10, and 30 from 1,000 tasks on)'
)

/** The options of `layerscope sweep` for many processes or machines. */
export const runOptions = group('On many machines (docs/scale.md)', {
  on: text('WHERE', 'local, slurm, or a name of clusters.yaml in the configuration folder'),
  run: text('RUN', 'the folder of the run, on a disk that all machines see; the same folder again resumes it'),
  workers: number(whole, 'N', 'tasks at once on this machine (by default 2)'),
  parallel: number(whole, 'N', 'tasks at once elsewhere (by default as many as the scheduler starts)'),
  cpus: number(
    whole,
    'N',
    'threads of each task (by default 1, on this machine its share); other numbers of threads give other bits'
  ),
  gpus: number(whole, 'N', 'GPUs of each task'),
  mem: text('SIZE', 'memory of each task: 64G'),
  time: text('TIME', 'the longest that a task may take: 4:00:00'),
  partition: text('NAME', "the scheduler's partition or queue"),
  account: text('NAME', 'the account that is charged'),
  constraint: text('FEATURES', 'the kind of machine'),
  setup: text('LINES', "shell lines before the work: 'module load cuda'"),
  program: text('COMMAND', 'the shell command that runs Layerscope there (by default this installation)'),
  attempts: withDefault(number(whole, 'N', 'how often a unit may be lost before it is given up and named'), '3'),
  'task-minutes': withDefault(number(seconds, 'N', 'how long a task takes, about: it takes units until then'), '25'),
  detach: flag('return once the tasks are submitted; `layerscope run resume RUN` follows them'),
  every
})

type RunValues = Values<typeof runOptions>

const belongs = Object.keys(runOptions).filter((name) => name !== 'on')

/**
 * @param typed names of the options that were typed
 * @throws UserError for an option of runs without --on, or the other way round
 */
export function checkRunOptions(values: RunValues, typed: readonly string[]): void {
  const [stray] = values.on === undefined ? typed.filter((name) => belongs.includes(name)) : []
  if (stray !== undefined) throw new UserError(`--${stray} needs --on: where the run is done.`)
  if (values.on !== undefined && values.run === undefined)
    throw new UserError('--on needs --run: the folder of the run, on a disk that all machines see.')
  if (values.workers !== undefined && values.on !== 'local')
    throw new UserError('--workers are of this machine; elsewhere --parallel says how many tasks run at once.')
  if (values.parallel !== undefined && values.on === 'local')
    throw new UserError('--parallel is of other machines; on this one --workers says how many tasks run at once.')
}

/**
 * What a plan says of the place, from what was typed and what the place's entry says.
 * @throws UserError for an option that the place does not have
 */
export function placeOf(values: RunValues, cluster: Cluster): Pick<RunPlan, PlaceFields> {
  const { mem, gpus, time, partition, account, constraint, setup } = values
  const isLocal = cluster.on === 'local'
  if (isLocal && values.detach)
    throw new UserError('--detach is for schedulers: on this machine the command itself starts one task after another.')
  const parallel = values.workers ?? values.parallel ?? cluster.resources.parallel ?? (isLocal ? 2 : undefined)
  const share = isLocal ? Math.max(1, Math.floor(availableParallelism() / parallel!)) : 1
  const typed = { mem, gpus, time, partition, account, constraint, setup, parallel }
  const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== undefined))
  return {
    on: cluster.on,
    ...(cluster.commands && { commands: cluster.commands }),
    resources: { ...cluster.resources, ...given, cpus: values.cpus ?? cluster.resources.cpus ?? share },
    program: values.program ?? cluster.program ?? null,
    attempts: values.attempts
  }
}

type PlaceFields = 'on' | 'commands' | 'resources' | 'program' | 'attempts'

/** The folder of a run as every machine names it. */
export function runPath(values: RunValues): string {
  return resolve(values.run!)
}
