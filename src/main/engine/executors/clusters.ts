import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { nearest } from '@shared/nearest'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { configDir } from '../paths'
import type { Resources, SchedulerCommands } from '../runs/plan'
import { readYaml } from '../sweeps/readYaml'
import { executors } from './executors'

const text = v.pipe(v.string(), v.minLength(1))
const count = v.pipe(v.number(), v.integer(), v.minValue(1))

const resources = {
  cpus: v.optional(count),
  mem: v.optional(text),
  gpus: v.optional(count),
  time: v.optional(text),
  partition: v.optional(text),
  account: v.optional(text),
  constraint: v.optional(text),
  parallel: v.optional(count),
  setup: v.optional(text)
}

const commands = v.strictObject({
  script: text,
  submit: text,
  state: text,
  cancel: text,
  index: text,
  first: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  most: v.optional(count, 1000)
})

const cluster = v.union([
  v.strictObject({ ...resources, program: v.optional(text), on: v.picklist(['local', 'slurm']) }),
  v.strictObject({ ...resources, program: v.optional(text), on: v.literal('command'), commands })
])

/** Where runs can be done, with what is asked for there unless it is typed. */
export interface Cluster {
  on: string
  commands?: SchedulerCommands
  program?: string
  resources: Partial<Resources>
}

/** `clusters.yaml` of the configuration folder. */
export function clustersFile(): string {
  return join(configDir(), 'clusters.yaml')
}

/**
 * What `--on` names: an executor that needs no more than its name, or an entry of `clusters.yaml`.
 * @throws UserError for a name that is neither, and for a file that is not understood
 */
export function findCluster(name: string): Cluster {
  const file = clustersFile()
  const entries = existsSync(file) ? parsed(file) : {}
  const entry = Object.hasOwn(entries, name) ? entries[name]! : null
  if (entry) {
    const { on, program, ...rest } = entry
    if (!('commands' in rest)) return { on, program, resources: rest }
    const { commands: asked, ...given } = rest
    return { on, program, commands: asked, resources: given }
  }
  if (name !== 'command' && Object.hasOwn(executors, name)) return { on: name, resources: {} }
  const names = [...Object.keys(executors).filter((id) => id !== 'command'), ...Object.keys(entries)]
  const meant = nearest(name, names)
  throw new UserError(
    `--on is '${name}'; it can be ${names.join(', ')}${meant ? `. Did you mean ${meant}?` : '.'} ${file} ` +
      `${existsSync(file) ? 'names' : 'can name'} others (docs/scale.md).`
  )
}

function parsed(file: string): Record<string, v.InferOutput<typeof cluster>> {
  const result = v.safeParse(v.record(text, cluster), readYaml(file))
  if (result.success) return result.output
  const [issue] = result.issues
  throw new UserError(
    `${file}, ${v.getDotPath(issue) ?? 'at the top'}: ${issue.message}. docs/scale.md shows an example.`
  )
}
