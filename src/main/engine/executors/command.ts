import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { UserError } from '@shared/userError'
import { atomicWrite } from '../files/atomicWrite'
import { createFile } from '../files/createFile'
import { lastLine, runTool, type ToolResult } from '../processes/runTool'
import { ExecutorSilent, type Executor, type TaskState } from '../runs/executor'
import type { RunPlan, SchedulerCommands } from '../runs/plan'
import type { RunFolder } from '../runs/runFolder'
import { timesSize } from './memorySize'
import { programInScript, shellWord } from './program'

/** Milliseconds after which a command counts as silent. */
const limitMs = 60_000

/** An array that was submitted: its tasks by their place in it, and the scheduler's name of it. */
interface SubmittedArray {
  name: string
  tasks: number[]
  job: string
}

/**
 * Any other scheduler of arrays (PBS, LSF, Kubernetes' indexed jobs), by the commands of an entry of clusters.yaml.
 * Each array has a file with the tasks of its places, so that arrays without gaps do.
 */
export const command: Executor = {
  id: 'command',
  title: 'another scheduler, by its commands',
  pollEvery: (tasks) => (tasks < 1000 ? 10_000 : 30_000),

  check(plan) {
    return Promise.resolve([`Each array is submitted by: ${commandsOf(plan).submit.trim()}`])
  },

  async submit(run, tasks) {
    const { most } = commandsOf(run.plan)
    const submitted: number[] = []
    for (const memory of new Set(tasks.map((each) => each.memory))) {
      const alike = tasks.filter((each) => each.memory === memory).map(({ task }) => task)
      for (let i = 0; i < alike.length; i += most) {
        await submitArray(run, alike.slice(i, i + most), memory)
        submitted.push(...alike.slice(i, i + most))
      }
    }
    return submitted
  },

  async states(run) {
    const { state, first } = commandsOf(run.plan)
    const kept = run.kept()
    const missing = new Set(run.plan.units.filter(({ key }) => !kept.has(key)).map(({ task }) => task))
    const states = new Map<number, TaskState>()
    for (const array of arraysOf(run).filter(({ tasks }) => tasks.some((task) => missing.has(task)))) {
      const { stdout } = await ask(filled(state, valuesOf(run, array, 1)), 'state')
      for (const line of stdout.split('\n')) {
        const [, place, said] = /^\s*(\d+)\s+(waiting|running|stuck)\s*$/.exec(line) ?? []
        const task = place === undefined ? undefined : array.tasks[Number(place) - first]
        if (task !== undefined && states.get(task) !== 'running') states.set(task, said as TaskState)
      }
    }
    return states
  },

  async cancel(run, tasks) {
    const { cancel, first } = commandsOf(run.plan)
    for (const array of arraysOf(run)) {
      const values = valuesOf(run, array, 1)
      if (tasks === undefined) await ask(filled(cancel, { ...values, index: '' }), 'cancel')
      else if (cancel.includes('{index}'))
        for (const [place, task] of array.tasks.entries())
          if (tasks.includes(task)) await ask(filled(cancel, { ...values, index: `[${place + first}]` }), 'cancel')
    }
  },

  log(run, task) {
    const array = arraysOf(run).findLast(({ tasks }) => tasks.includes(task))
    if (!array) return null
    const path = run.place('logs', `${array.name}_${task}.out`)
    return existsSync(path) ? path : null
  }
}

async function submitArray(run: RunFolder, tasks: readonly number[], memory: number): Promise<void> {
  const name = reserveName(run, tasks)
  const array = { name, tasks: [...tasks], job: '' }
  const values = valuesOf(run, array, memory)
  writeFileSync(values.script!, scriptOf(run, array, memory), { mode: 0o755 })
  const { stdout } = await ask(filled(commandsOf(run.plan).submit, values), 'submit')
  atomicWrite(run.place('command', `${name}.job`), lastLine(stdout))
  run.noteSubmission({ tasks: [...tasks], job: name })
}

/** A name that no other process uses, with the tasks of its places. */
function reserveName(run: RunFolder, tasks: readonly number[]): string {
  mkdirSync(run.place('command'), { recursive: true })
  for (let number = 1; ; number++) {
    const name = `layerscope-${run.plan.id}-${number}`
    if (createFile(run.place('command', `${name}.tasks`), tasks.map((task) => `${task}\n`).join(''))) return name
  }
}

/** Those that the scheduler accepted, oldest first. */
function arraysOf(run: RunFolder): SubmittedArray[] {
  const folder = run.place('command')
  if (!existsSync(folder)) return []
  const numberOf = (name: string): number => Number(/-(\d+)$/.exec(name)?.[1])
  return readdirSync(folder)
    .filter((file) => file.endsWith('.job'))
    .map((file) => file.slice(0, -'.job'.length))
    .sort((a, b) => numberOf(a) - numberOf(b))
    .map((name) => ({
      name,
      tasks: readFileSync(run.place('command', `${name}.tasks`), 'utf8')
        .trim()
        .split('\n')
        .map(Number),
      job: readFileSync(run.place('command', `${name}.job`), 'utf8')
    }))
}

function scriptOf(run: RunFolder, array: SubmittedArray, memory: number): string {
  const { index, first, script } = commandsOf(run.plan)
  const log = `${shellWord(run.place('logs', array.name))}_"$task".out`
  return [
    '#!/bin/sh',
    filled(script, valuesOf(run, array, memory)).trimEnd(),
    ...(run.plan.resources.setup ? [run.plan.resources.setup] : []),
    `task=$(sed -n "$(($${index} - ${first} + 1))p" ${shellWord(run.place('command', `${array.name}.tasks`))})`,
    // A scheduler that knows no array of one is given a place more.
    '[ -n "$task" ] || exit 0',
    `export LAYERSCOPE_RUN_MEMORY=${memory} LAYERSCOPE_RUN_JOB=${array.name}_"$task" LAYERSCOPE_RUN_LOG=${log}`,
    `exec ${programInScript(run.plan)} work ${shellWord(run.path)} "$task" >>"$LAYERSCOPE_RUN_LOG" 2>&1`,
    ''
  ].join('\n')
}

/** What the placeholders of a command stand for. */
function valuesOf(
  run: RunFolder,
  { name, tasks, job }: SubmittedArray,
  memory: number
): Record<string, string | undefined> {
  const { resources } = run.plan
  const { first } = commandsOf(run.plan)
  const last = first + tasks.length - 1
  const numbers = { first, last, beyond: last + 1, count: tasks.length, parallel: resources.parallel ?? tasks.length }
  const { cpus, mem, gpus, time, partition, account, constraint } = resources
  const given = { cpus, mem: mem && timesSize(mem, memory), gpus, time, partition, account, constraint }
  const words = { name, job, run: run.path, script: run.place('command', `${name}.sh`) }
  return Object.fromEntries(
    Object.entries({ ...numbers, ...given, ...words }).map(([key, value]) => [key, value?.toString()])
  )
}

/** @throws UserError for a placeholder that stands for nothing */
function filled(template: string, values: Readonly<Record<string, string | undefined>>): string {
  return template.replace(/(?<![$\w]){(\w+)}/g, (_whole, key: string) => {
    const value = Object.hasOwn(values, key) ? values[key] : undefined
    if (value !== undefined) return value
    throw new UserError(`The commands of this cluster name {${key}}, but the run has none: give --${key}.`)
  })
}

function commandsOf({ commands }: Pick<RunPlan, 'commands'>): SchedulerCommands {
  if (commands) return commands
  throw new UserError('This run names no commands of a scheduler: plan it again with an entry of clusters.yaml.')
}

/** @throws ExecutorSilent where it fails */
async function ask(line: string, what: string): Promise<ToolResult> {
  const result = await runTool('/bin/sh', ['-c', line], { limitMs })
  if (result?.code === 0) return result
  throw new ExecutorSilent(
    `The ${what} command of the cluster failed: ${lastLine(result?.stderr ?? '') || line.trim()}`
  )
}
