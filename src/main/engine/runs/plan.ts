import { createHash } from 'node:crypto'
import type { ModelSource, OpenedData } from '@shared/provenance'
import type { ResultKindId } from '@shared/results'
import { UserError } from '@shared/userError'
import * as v from 'valibot'

/** The smallest thing that a run keeps: one request of a kind of result. */
export interface PlannedUnit {
  /** SHA-256 of the request, with model and data by content: what the unit's folder is called. */
  key: string
  kind: ResultKindId
  /** As the contract parsed it; its ids are those of `sources`. */
  request: object
  /** 'upos, linear, seed 2' */
  title: string
  model: string
  data: string
  /** Units of one task run one after another in one process. */
  task: number
  /** Estimated; null where nothing estimates this kind. */
  seconds: number | null
  /** Bytes, estimated. */
  memory: number | null
  /** Bytes of word vectors that it leaves in the cache, estimated. */
  disk: number | null
}

/** What each task is given by a scheduler. */
export interface Resources {
  /** Processor threads; every machine computes with this many, since the order of sums depends on it. */
  cpus: number
  /** As schedulers write it: '64G'. */
  mem?: string
  gpus?: number
  /** '4:00:00' */
  time?: string
  partition?: string
  account?: string
  constraint?: string
  /** Tasks at once. */
  parallel?: number
  /** Shell lines before the work: 'module load cuda'. */
  setup?: string
}

/** How another scheduler is asked, as shell commands; docs/scale.md says what their placeholders are. */
export interface SchedulerCommands {
  script: string
  submit: string
  state: string
  cancel: string
  /** The variable that holds a task's number in its array. */
  index: string
  /** The number of an array's first task. */
  first: number
  /** Most tasks of an array. */
  most: number
}

/** What a run does, written once and never changed. */
export interface RunPlan {
  format: 1
  /** Made of what it computes: names the run's jobs. */
  id: string
  /** What its results are called in the library. */
  name: string
  /** The id of the sweep. */
  parent: string
  createdAt: string
  /** The version that made it, and the only one that may work on it. */
  layerscope: string
  /** The executor, and what this kind of work is done by there. */
  on: string
  commands?: SchedulerCommands
  resources: Resources
  /** The shell command that runs Layerscope on the machines; null for this installation. */
  program: string | null
  /** How often a unit may be lost before it is named instead of being tried again. */
  attempts: number
  sources: { models: Record<string, ModelSource>; data: Record<string, OpenedData> }
  units: PlannedUnit[]
  /** Runs of the file that cannot be done. */
  refused: { title: string; error: string }[]
}

/** What is checked of a plan that is read: whether it is one. */
const planFile = v.looseObject({
  format: v.literal(1),
  id: v.string(),
  on: v.string(),
  attempts: v.number(),
  resources: v.looseObject({ cpus: v.number() }),
  sources: v.looseObject({ models: v.looseObject({}), data: v.looseObject({}) }),
  units: v.array(
    v.looseObject({ key: v.pipe(v.string(), v.regex(keyPattern())), task: v.number(), title: v.string() })
  ),
  refused: v.array(v.looseObject({ title: v.string(), error: v.string() }))
})

/** Names of folders of units, whole. */
export function keyPattern(): RegExp {
  return /^[0-9a-f]{64}$/
}

/** The same units under the same name are the same run. */
export function planId({ name, units }: Pick<RunPlan, 'name' | 'units'>): string {
  return createHash('sha256')
    .update(JSON.stringify([name, units.map(({ key }) => key).sort()]))
    .digest('hex')
    .slice(0, 12)
}

/** @throws UserError naming the file, for what is not a plan of this version */
export function parsePlan(path: string, text: string): RunPlan {
  try {
    return v.parse(planFile, JSON.parse(text)) as unknown as RunPlan
  } catch (error) {
    throw new UserError(
      `${path} is not the plan of a run, or another version of Layerscope made it. Name the folder that was given to ` +
        '`layerscope sweep --run`.',
      { cause: error }
    )
  }
}

/** The numbers of the plan's tasks. */
export function tasksOf({ units }: Pick<RunPlan, 'units'>): number[] {
  return [...new Set(units.map(({ task }) => task))]
}
