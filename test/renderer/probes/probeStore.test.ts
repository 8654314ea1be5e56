// @vitest-environment happy-dom
import type { CallName, CallParsed } from '@shared/contract'
import { JobCancelled, type JobStatus } from '@shared/jobs'
import type { ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { probeableTasks, useProbeStore } from '@/stores/probeStore'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle, type Answers } from '../engine'
import { dataset, model, probeOptions, probeResult, probeSummary, readAnswer } from './fixture'
import { answered } from '../fixtures'

/** Kept runs, jobs of elsewhere, and runs that end when the test says so. */
let kept: ProbeResult[]
let jobs: JobStatus[]
let running: { input: CallParsed<'probe.run'>; finish: (result: ProbeResult) => void; fail: (error: Error) => void }[]

function answers(): Answers {
  return {
    'probe.list': () => kept.map(probeSummary).sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
    'results.read': ({ id }) => readAnswer(kept.find((result) => result.id === id)!),
    'results.delete': ({ ids }) => {
      kept = kept.filter((result) => !ids.includes(result.id))
      return null
    },
    'probe.run': (input) =>
      new Promise((resolve, reject) => {
        running.push({
          input,
          finish: (result) => (kept.push(result), resolve(answered('probe', result))),
          fail: reject
        })
      }),
    'state.load': () => ({}),
    'state.save': () => null,
    'job.list': () => ({ jobs, notes: [] }),
    'job.cancel': ({ jobId }) => {
      running.find((run) => run.input.jobId === jobId)?.fail(new JobCancelled())
      return null
    }
  }
}
/** The engine tells of the job of a call that waits for its answer. */
function report(input: CallParsed<'probe.run'>, changes: Partial<JobStatus>): void {
  const { modelId, datasetId, task, jobId, ...rest } = input
  const subject = {
    model: { id: modelId, name: 'model' },
    dataset: { id: datasetId, name: 'data' },
    task: { id: task, title: task.toUpperCase() }
  }
  useJobStore().put(jobStatus({ id: jobId!, subject, input: { modelId, datasetId, task, ...rest }, ...changes }))
}
function refuse(name: CallName, error: Error): void {
  engine.answers[name] = () => {
    throw error
  }
}
function asked(name: CallName): number {
  return engine.inputs(name).length
}
async function open() {
  const session = useSessionStore()
  const store = useProbeStore()
  session.model = model
  session.dataset = dataset
  await settle()
  return { session, store, selection: useSelectionStore(), notices: useNoticeStore() }
}

const older = probeResult('upos', { id: 'older', createdAt: '2026-11-01T10:00:00.000Z', pool: 'mean' })

beforeEach(() => {
  setActivePinia(createPinia())
  kept = []
  running = []
  jobs = []
  engine.reset(answers())
})

describe('kept runs', () => {
  it('are listed once model and data are open, not before', async () => {
    const session = useSessionStore()
    const store = useProbeStore()
    await settle()
    expect(asked('probe.list')).toBe(0)
    session.model = model
    await settle()
    expect(asked('probe.list')).toBe(0)
    session.dataset = dataset
    await settle()
    expect(asked('probe.list')).toBe(1)
    expect(store.listed).toBe(true)
  })
  it('show the newest run of the chosen task, read once', async () => {
    kept = [older, probeResult('upos'), probeResult('deprel')]
    const { store, selection } = await open()
    expect(store.current?.id).toBe('run-upos')
    selection.task = 'deprel'
    await settle()
    expect(store.current?.id).toBe('run-deprel')
    selection.task = 'upos'
    await settle()
    expect(asked('results.read')).toBe(2)
  })
  it('belong to the open model and data set only', async () => {
    kept = [
      probeResult('upos', { model: { id: 'other', name: 'other', layers: 2 } }),
      probeResult('deprel', { dataset: { ...older.dataset, id: 'other' } })
    ]
    const { store } = await open()
    expect(store.runs).toHaveLength(2)
    expect(store.runsHere).toHaveLength(0)
    expect(store.current).toBeNull()
  })
  it('can be chosen instead of the newest, and compared with it', async () => {
    kept = [older, probeResult('upos')]
    const { store, selection } = await open()
    selection.task = 'deprel'
    store.show('older')
    await settle()
    expect(selection.task).toBe('upos')
    expect(store.current?.id).toBe('older')
    store.compare('run-upos')
    await settle()
    expect(store.compared?.id).toBe('run-upos')
    store.show('run-upos')
    await settle()
    expect(store.current?.id).toBe('run-upos')
    expect(store.compared).toBeNull()
  })
  it('made elsewhere do not replace the one shown, here or after a reload', async () => {
    kept = [older]
    const { store } = await open()
    expect(store.current?.id).toBe('older')
    const compare = store.runAll([probeOptions()], { show: false })
    await settle()
    running[0]!.finish(probeResult('upos'))
    await compare
    await settle()
    expect(store.runsHere.map(({ id }) => id)).toEqual(['run-upos', 'older'])
    expect(store.current?.id).toBe('older')
    // Stores of earlier tests may save a little later as well.
    const save = () => engine.inputs('state.save').find(({ value }) => JSON.stringify(value).includes('"older"'))
    await vi.waitFor(() => expect(save()).toBeDefined())
    const { key, value } = save()!
    setActivePinia(createPinia())
    engine.answers['state.load'] = () => ({ [key]: value })
    const again = await open()
    expect(again.store.runs[0]!.id).toBe('run-upos')
    expect(again.store.current?.id).toBe('older')
  })
  it('of a mix have no scores of layers: those are of the newest run that has', async () => {
    const mix = probeResult('upos', {
      id: 'mix',
      createdAt: '2026-12-01T10:00:00.000Z',
      options: { ...older.options, probe: defaultMethod('mix') }
    })
    kept = [mix]
    const alone = await open()
    expect([alone.store.current?.id, alone.store.byLayer]).toEqual(['mix', null])
    setActivePinia(createPinia())
    kept = [older, probeResult('upos'), mix]
    const { store } = await open()
    await settle()
    expect([store.current?.id, store.byLayer?.id]).toEqual(['mix', 'run-upos'])
    store.show('older')
    await settle()
    expect([store.current?.id, store.byLayer?.id]).toEqual(['older', 'older'])
  })
  it('are gone once deleted, the one before taking their place', async () => {
    kept = [older, probeResult('upos')]
    const { store } = await open()
    await store.remove('run-upos')
    await settle()
    expect(store.current?.id).toBe('older')
    expect(store.results.has('run-upos')).toBe(false)
    expect(kept.map((run) => run.id)).toEqual(['older'])
  })
  it('stay when the engine refuses to delete them, and say why', async () => {
    kept = [older]
    const { store, notices } = await open()
    refuse('results.delete', new UserError('The folder cannot be written.'))
    await store.remove('older')
    expect(store.runs).toHaveLength(1)
    expect(notices.notices[0]?.text).toBe('The folder cannot be written.')
  })
  it('that cannot be read are reported once and not asked for again', async () => {
    kept = [older]
    refuse('results.read', new UserError('This probing run is not kept any more; run it again.'))
    const { store, selection, notices } = await open()
    selection.task = 'deprel'
    selection.task = 'upos'
    await settle()
    expect(store.current).toBeNull()
    expect(asked('results.read')).toBe(1)
    expect(notices.notices).toHaveLength(1)
  })
  it('are listed again after the engine was restarted', async () => {
    const { session } = await open()
    session.engine = { state: 'ready', message: '', restarts: 1 }
    await settle()
    expect(asked('probe.list')).toBe(2)
  })
})

describe('running', () => {
  it('shows the new run once it is there, even where an older one was chosen', async () => {
    kept = [older, probeResult('upos', { id: 'middle', createdAt: '2026-11-02T10:00:00.000Z' })]
    const { store } = await open()
    store.show('older')
    const run = store.run(probeOptions())
    await settle()
    expect(store.runningHere.map((probe) => [probe.taskTitle, probe.job])).toEqual([['UPOS', null]])
    running[0]!.finish(probeResult('upos'))
    expect((await run)?.id).toBe('run-upos')
    await settle()
    expect(store.current?.id).toBe('run-upos')
    expect(store.runningHere).toEqual([])
    expect(asked('results.read')).toBe(2)
  })
  it('puts all tasks into the engine’s queue at once, and shows each as the engine reports it', async () => {
    const { store } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    expect(running.map(({ input }) => input.task)).toEqual(['upos', 'deprel'])
    expect(store.runningHere.map(({ taskTitle, job }) => [taskTitle, job])).toEqual([
      ['UPOS', null],
      ['Dependency relation', null]
    ])
    report(running[0]!.input, { state: 'running', rank: 1 })
    report(running[1]!.input, { state: 'waiting', rank: 2 })
    expect(store.runningHere.map(({ options, job }) => [options.task, job?.state])).toEqual([
      ['upos', 'running'],
      ['deprel', 'waiting']
    ])
    report(running[1]!.input, { state: 'waiting', rank: 0 })
    expect(store.runningHere.map(({ options }) => options.task)).toEqual(['deprel', 'upos'])
    // Answers come in the engine's order; results are in the order of the request.
    running[1]!.finish(probeResult('deprel'))
    running[0]!.finish(probeResult('upos'))
    expect((await all).map((result) => result.task.id)).toEqual(['upos', 'deprel'])
  })
  it('says nothing of a cancelled probe, and goes on with the others', async () => {
    const { store, notices } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    await useJobStore().cancel(store.running[0]!.jobId)
    await settle()
    expect(notices.notices).toEqual([])
    expect(store.running.map(({ options }) => options.task)).toEqual(['deprel'])
    running[1]!.finish(probeResult('deprel'))
    expect((await all).map((result) => result.task.id)).toEqual(['deprel'])
  })
  it('says once that the engine is gone, whatever was in its queue', async () => {
    const { store, notices } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    running.forEach(({ fail }) => fail(new UserError('The engine stopped while it was training probes.')))
    expect(await all).toEqual([])
    expect(notices.notices).toHaveLength(1)
  })
  it('says what failed, as a sentence', async () => {
    const { store, notices } = await open()
    const run = store.run(probeOptions())
    await settle()
    running[0]!.fail(new UserError('The training part holds one class only; choose another.'))
    expect(await run).toBeNull()
    expect(notices.notices).toMatchObject([
      { title: 'UPOS could not be probed', text: 'The training part holds one class only; choose another.' }
    ])
    expect(store.running).toEqual([])
  })
})

describe('the first launch', () => {
  it('probes what is missing with limits that take seconds', async () => {
    kept = [probeResult('upos')]
    const { store } = await open()
    const all = store.runDefaults(['upos', 'deprel', 'nonsense'])
    await settle()
    expect(running.map((run) => run.input)).toMatchObject([
      {
        task: 'deprel',
        trainSplit: 'train',
        testSplit: 'test',
        maxTrainWords: 20_000,
        maxTestWords: 10_000,
        control: true,
        layers: null,
        probe: { kind: 'linear', inverseRegularisation: 1 }
      }
    ])
    await store.runDefaults(['deprel'])
    expect(running).toHaveLength(1)
    running[0]!.finish(probeResult('deprel'))
    await all
  })
  it('probes nothing where the kept runs could not be listed', async () => {
    refuse('probe.list', new UserError('The folder of runs cannot be read.'))
    const { store } = await open()
    await store.runDefaults(['upos'])
    expect(running).toEqual([])
  })
})

describe('probes of another window, or of this one before it was reloaded', () => {
  const subjectOf = (modelId: string): JobStatus['subject'] => ({
    model: { id: modelId, name: 'all-MiniLM-L6-v2' },
    dataset: { id: dataset.id, name: dataset.name },
    task: { id: 'upos', title: 'UPOS' }
  })
  const job = jobStatus({ id: 'theirs', title: 'Probing UPOS', subject: subjectOf(model.id) })

  it('are taken up rather than started a second time', async () => {
    jobs = [job]
    const { store } = await open()
    await store.runDefaults(['upos'])
    expect(running).toEqual([])
    expect(store.runningHere).toMatchObject([{ jobId: 'theirs', taskTitle: 'UPOS', job: { state: 'running' } }])
  })
  it('are distinguished by their subject where titles are equal', async () => {
    jobs = [
      jobStatus({ id: 'of another model', title: 'Probing UPOS', subject: subjectOf('model-b'), rank: 1 }),
      { ...job, rank: 2, state: 'waiting' },
      jobStatus({ id: 'another kind', title: 'Probing UPOS', call: 'ablation.probes', kind: 'ablation', rank: 3 })
    ]
    const { store } = await open()
    await useJobStore().load()
    expect(store.runningHere.map(({ jobId }) => jobId)).toEqual(['theirs'])
    expect(store.running.map(({ jobId }) => jobId)).toEqual(['of another model', 'theirs'])
  })
  it('are shown with the whole request', async () => {
    const input = { ...probeOptions(), maxTrainWords: 77 }
    jobs = [{ ...job, input }]
    const { store } = await open()
    await useJobStore().load()
    // Progress comes without the request.
    useJobStore().put({ ...job, done: 2 })
    expect(store.running[0]).toMatchObject({ options: { maxTrainWords: 77, task: 'upos' }, job: { done: 2 } })
  })
  it('show their result when they end', async () => {
    jobs = [job]
    const { store } = await open()
    await store.runDefaults(['upos'])
    kept = [probeResult('upos')]
    useJobStore().put({ ...job, state: 'done' })
    await settle()
    await settle()
    expect(store.runningHere).toEqual([])
    expect(store.current?.id).toBe('run-upos')
    useJobStore().put({ ...job, id: 'another', state: 'running' })
    await settle()
    expect(asked('probe.list')).toBe(2)
  })
})

it('starts from the whole of a data set of sentences, which may be sorted by label', async () => {
  const { session, store } = await open()
  session.dataset = { ...dataset, tasks: [{ ...dataset.tasks[0]!, id: 'intent', unit: 'sentence' }] }
  expect(store.defaultOptions('intent')).toMatchObject({ maxTrainWords: null, maxTestWords: null })
  expect(store.defaultOptions('upos')).toBeNull()
})

it('offers classes, not quantities, and only what has something to learn', () => {
  expect(probeableTasks(dataset).map(({ id }) => id)).toEqual(['upos', 'deprel'])
  expect(probeableTasks(null)).toEqual([])
})
