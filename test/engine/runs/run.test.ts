import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { collect } from '../../../src/main/engine/runs/collect'
import { follow } from '../../../src/main/engine/runs/controller'
import { ExecutorSilent, type Executor, type TaskState } from '../../../src/main/engine/runs/executor'
import type { RunPlan } from '../../../src/main/engine/runs/plan'
import { RunFolder } from '../../../src/main/engine/runs/runFolder'
import { readState, type RunState } from '../../../src/main/engine/runs/state'
import { workTask } from '../../../src/main/engine/runs/worker'
import { dryCompute, dryPlan, dryWork, writeFaults } from './fixtures/dry'

// The controller, the worker and the folder in one process; an executor in memory stands for the machines.

let folder: string
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'layerscope-run-'))))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const never = new Promise<never>(() => undefined)
const die = (): Promise<never> => never

/** Runs tasks in this process. A worker that dies leaves its attempt without an end, as a lost machine does. */
class Machines implements Executor {
  readonly id = 'local'
  readonly title = 'this process'
  readonly started: { task: number; memory: number }[] = []
  /** Answers of `states` that are given before those of the machines. */
  readonly said: (Error | ReadonlyMap<number, TaskState>)[] = []
  private readonly running = new Set<number>()

  /** @param starts whether a task that is submitted begins */
  constructor(private readonly starts: (task: number) => boolean = () => true) {}

  pollEvery = (): number => 5
  check = (): Promise<string[]> => Promise.resolve([])
  log = (): null => null

  submit(run: RunFolder, tasks: readonly { task: number; memory: number }[]): Promise<number[]> {
    run.noteSubmission({ tasks: tasks.map(({ task }) => task), job: null })
    for (const { task, memory } of tasks) {
      this.started.push({ task, memory })
      if (!this.starts(task)) continue
      const about = { job: null, log: null, memory, say: () => undefined }
      const gone = (): void => void this.running.delete(task)
      const dying = (): Promise<never> => (gone(), never)
      this.running.add(task)
      void workTask(run, task, dryWork(run, 0, memory, dying), about, signal).finally(gone)
    }
    return Promise.resolve(tasks.map(({ task }) => task))
  }

  states(): Promise<Map<number, TaskState>> {
    const said = this.said.shift()
    if (said instanceof Error) return Promise.reject(said)
    return Promise.resolve(new Map(said ?? [...this.running].map((task) => [task, 'running'])))
  }

  cancel = (): Promise<void> => Promise.resolve()
}

const signal = new AbortController().signal
const started = (more: Partial<RunPlan> = {}): RunFolder => RunFolder.create(join(folder, 'run'), dryPlan(12, 4, more))
const namesOf = ({ units }: RunState, state: string): string[] =>
  units.filter((unit) => unit.state === state).map(({ unit }) => unit.title)

/** What ends every test: units = plan, each once, nothing half. */
function expectWhole(run: RunFolder, without: readonly string[] = []): void {
  const wanted = run.plan.units.filter(({ title }) => !without.includes(title)).map(({ key }) => key)
  expect(readdirSync(run.place('units')).sort()).toEqual(wanted.sort())
  expect(readdirSync(run.path).filter((name) => name.startsWith('working-'))).toEqual([])
}

test('every unit is kept, once', async () => {
  const run = started()
  const machines = new Machines()
  const state = await follow(run, machines, { signal })
  expect(namesOf(state!, 'kept')).toHaveLength(12)
  expect(machines.started.map(({ task }) => task)).toEqual([0, 1, 2, 3])
  expect(run.attempts(run.plan.units[0]!.key)).toMatchObject([{ number: 1, task: 0, outcome: 'kept' }])
  expectWhole(run)
})

test('one that is refused, one that kills its worker and one that needs more memory are named; the rest is kept', async () => {
  const run = started()
  writeFaults(run, { 'unit 1': 'refused', 'unit 5': 'dies', 'unit 7': 'needs memory', 'unit 10': 'fails' })
  const machines = new Machines()
  const state = (await follow(run, machines, { signal }))!
  const why = Object.fromEntries(
    state.units.filter((unit) => unit.state === 'named').map((unit) => [unit.unit.title, unit.why])
  )
  expect(why).toEqual({
    'unit 1': 'There is no such layer.',
    'unit 5': expect.stringMatching(/^It was lost 3 times \(on \S+\): its process ended without a word\.$/) as string,
    'unit 7': 'It ran out of memory, also with 2 times as much: give more with --mem.',
    'unit 10': expect.stringMatching(/^It failed 3 times \(on \S+\)\. The last error: a defect$/) as string
  })
  const attemptsOf = (unit: number): number => run.attempts(run.plan.units[unit]!.key).length
  expect([1, 5, 7, 10].map(attemptsOf)).toEqual([1, 3, 2, 3])
  // Units after the one that killed its worker have their turn.
  expectWhole(run, Object.keys(why))
})

test('memory is doubled once', async () => {
  const run = started()
  writeFaults(run, { 'unit 4': 'needs twice the memory' })
  const machines = new Machines()
  await follow(run, machines, { signal })
  expect(machines.started.filter(({ task }) => task === 1)).toEqual([
    { task: 1, memory: 1 },
    { task: 1, memory: 2 }
  ])
  expectWhole(run)
})

test('the log of a lost attempt may say that there was too little memory', () => {
  const run = started()
  const { key } = run.plan.units[0]!
  const log = join(folder, 'log')
  run.begin(key, { task: 0, host: 'n1', pid: 1, job: '7_0', log, memory: 1 })
  writeFileSync(log, 'slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.\n')
  const { missing } = readState(run, new Machines(), new Map())
  expect(missing[0]).toEqual({ task: 0, memory: 2, stuck: false })
})

test('two controllers at once, and one that ends and begins again, do no harm', async () => {
  const run = started()
  const [first, second] = [new Machines(), new Machines()]
  const stop = new AbortController()
  const looks: string[] = []
  const ended = follow(run, first, {
    signal: stop.signal,
    onState: () => void (looks.push('look') > 1 && stop.abort())
  })
  await Promise.all([follow(run, second, { signal }), ended])
  await follow(run, first, { signal })
  expectWhole(run)
})

test('the same task at once on several machines is kept once, and copies are equal', async () => {
  const run = started()
  const copies = [1, 2, 3].map(() =>
    workTask(run, 0, dryWork(run, 40, 1, die), { job: null, log: null, memory: 1, say: () => undefined }, signal)
  )
  expect(await Promise.all(copies)).toEqual([true, true, true])
  expect(run.attempts(run.plan.units[0]!.key).map(({ outcome }) => outcome)).toEqual(['kept', 'kept', 'kept'])
  expect([...run.kept()]).toHaveLength(3)
  expect(readdirSync(run.place('units')).filter((name) => name.includes('differs'))).toEqual([])
})

test('other numbers are kept beside, and reported', async () => {
  const run = started()
  const [unit] = run.plan.units
  const work = dryWork(run, 0, 1, die)
  const about = { job: null, log: null, memory: 1, say: () => undefined }
  await workTask(run, 0, work, about, signal)
  const place = run.unit(unit!.key)
  const other = await work.run(unit!, signal)
  writeFileSync(join(other, 'result.json'), JSON.stringify({ id: 'k-1', value: 2 }))
  const { publish } = await import('../../../src/main/engine/runs/publish')
  expect(publish(run, unit!.key, 'facts', other)).toBe('different')
  expect(JSON.parse(readFileSync(`${place}.differs-1/result.json`, 'utf8'))).toMatchObject({ value: 2 })
})

test('a machine that computes other bits is refused, and named', async () => {
  const run = started()
  run.compute({ ...dryCompute, instructions: 'x64, AVX-512' })
  const state = (await follow(run, new Machines(), { signal }))!
  expect(namesOf(state, 'kept')).toEqual([])
  expect(state.units[0]!.why).toMatch(
    /computes with cpu 1, Layerscope 0, 1 threads, but the run was begun with .* 1 threads, x64, AVX-512, which gives/
  )
})

test('a place that does not answer is asked again; a stuck task is cancelled and started again', async () => {
  const run = started()
  const machines = new Machines()
  machines.said.push(
    new ExecutorSilent('squeue does not answer.'),
    new ExecutorSilent('squeue does not answer.'),
    new Map([
      [0, 'stuck'],
      [1, 'waiting'],
      [2, 'waiting'],
      [3, 'waiting']
    ])
  )
  const [troubles, cancelled]: [string[], (readonly number[] | undefined)[]] = [[], []]
  machines.cancel = (_run?: RunFolder, tasks?: readonly number[]) => (cancelled.push(tasks), Promise.resolve())
  await follow(run, machines, { signal, onTrouble: (sentence) => troubles.push(sentence) })
  expect(troubles).toEqual(['squeue does not answer.'])
  expect(cancelled).toEqual([[0]])
  expect(machines.started[0]).toEqual({ task: 0, memory: 1 })
  expectWhole(run)
})

test('a task that ends before its first unit is named after three starts, and has another chance when resumed', async () => {
  const run = started()
  const broken = new Machines((task) => task !== 2)
  const state = (await follow(run, broken, { signal }))!
  expect(namesOf(state, 'named')).toEqual(['unit 6', 'unit 7', 'unit 8'])
  expect(state.units[6]!.why).toBe('Its task ended 3 times before a unit began.')
  run.noteSubmission({ tasks: [], job: null })
  await follow(run, new Machines(), { signal })
  expectWhole(run)
})

test('a unit that a shared disk shows late is waited for', () => {
  const run = started({ attempts: 1 })
  const { key } = run.plan.units[0]!
  const attempt = run.begin(key, { task: 0, host: 'n1', pid: 1, job: null, log: null, memory: 1 })
  run.end(key, attempt, { outcome: 'kept' })
  expect(readState(run, new Machines(), new Map()).units[0]!.state).toBe('running')
  // After a minute it is missing.
  const path = run.place('attempts', key, '1.json')
  writeFileSync(path, readFileSync(path, 'utf8').replace(/"end": "[^"]+"/, '"end": "2026-01-01T00:00:00.000Z"'))
  expect(readState(run, new Machines(), new Map()).units[0]!.state).toBe('missing')
})

test('a scheduler that goes on with what is kept is told to end it', async () => {
  const run = started()
  await follow(run, new Machines(), { signal })
  const deaf = new Machines()
  deaf.said.push(...Array.from({ length: 9 }, () => new Map<number, TaskState>([[2, 'running']])))
  let cancelled = 0
  deaf.cancel = () => (cancelled++, Promise.resolve())
  await follow(run, deaf, { signal })
  expect([cancelled, deaf.said.length]).toEqual([1, 5])
})

test('what killed processes left is removed at the end', async () => {
  const run = started()
  const { key } = run.plan.units[0]!
  run.begin(key, { task: 0, host: 'n1', pid: 1, job: null, log: null, memory: 1 })
  const left = [run.place('attempts', key, '1.json.7-a.new'), run.place('progress', '0.json.7-b.new')]
  for (const path of left) writeFileSync(path, '')
  mkdirSync(run.place('working-7-c'))
  await follow(run, new Machines(), { signal })
  expect(left.filter((path) => existsSync(path))).toEqual([])
  expectWhole(run)
})

test('a stopped run ends, and goes on when resumed', async () => {
  const run = started()
  run.stopped = true
  expect(namesOf((await follow(run, new Machines(), { signal }))!, 'missing')).toHaveLength(12)
  run.stopped = false
  await follow(run, new Machines(), { signal })
  expectWhole(run)
})

test('collecting twice changes nothing', async () => {
  const run = started()
  await follow(run, new Machines(), { signal })
  const library = join(folder, 'library')
  expect(collect(run, library)).toMatchObject({ there: 0, added: { length: 12 } })
  expect(collect(run, library)).toEqual({ there: 12, added: [] })
  expect(readdirSync(library)).toHaveLength(12)
})

describe('the folder', () => {
  test('holds one run: the same is opened, another is refused', () => {
    const run = started()
    expect(started().plan.createdAt).toBe(run.plan.createdAt)
    expect(() => RunFolder.create(run.path, dryPlan(11, 4))).toThrow("is the folder of another run, 'dry' of 12 units.")
    expect(() => RunFolder.open(folder)).toThrow(`There is no run in ${folder}.`)
    writeFileSync(join(folder, 'plan.json'), '{"format": 2}')
    expect(() => RunFolder.open(folder)).toThrow('is not the plan of a run, or another version of Layerscope made it.')
  })

  test('gives each attempt a number of its own', () => {
    const run = started()
    const { key } = run.plan.units[0]!
    const about = { task: 0, host: 'n1', pid: 1, job: null, log: null, memory: 1 }
    expect([run.begin(key, about), run.begin(key, about)].map(({ number }) => number)).toEqual([1, 2])
    // Just made by another process, and empty still.
    writeFileSync(run.place('attempts', key, '3.json'), '')
    expect(run.begin(key, about).number).toBe(4)
    expect(run.attempts(key)).toHaveLength(4)
  })
})
