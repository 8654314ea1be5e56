// @vitest-environment happy-dom
import type { CallName, CallParsed } from '@shared/contract'
import { JobCancelled, type JobStatus } from '@shared/jobs'
import type { ProbeResult } from '@shared/probe'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { beforeEach, describe, expect, it } from 'vitest'
import { probeableTasks, useProbeStore } from '@/stores/probeStore'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle, type Answers } from '../engine'
import { dataset, model, probeOptions, probeResult, probeSummary } from './fixture'

/** Kept runs, jobs of elsewhere, and runs that end when the test says so. */
let kept: ProbeResult[]
let jobs: JobStatus[]
let running: { input: CallParsed<'probe.run'>; finish: (result: ProbeResult) => void; fail: (error: Error) => void }[]

function answers(): Answers {
  return {
    'probe.list': () => kept.map(probeSummary).sort((a, b) => b.createdAt.localeCompare(a.createdAt)),
    'probe.result': ({ runId }) => kept.find((result) => result.id === runId)!,
    'probe.delete': ({ runId }) => {
      kept = kept.filter((result) => result.id !== runId)
      return null
    },
    'probe.run': (input) =>
      new Promise((resolve, reject) => {
        running.push({ input, finish: (result) => (kept.push(result), resolve(result)), fail: reject })
      }),
    'job.list': () => ({ jobs, notes: [] }),
    'job.cancel': ({ jobId }) => {
      running.find((run) => run.input.jobId === jobId)?.fail(new JobCancelled())
      return null
    }
  }
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
    expect(asked('probe.result')).toBe(2)
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
    refuse('probe.delete', new UserError('The folder cannot be written.'))
    await store.remove('older')
    expect(store.runs).toHaveLength(1)
    expect(notices.notices[0]?.text).toBe('The folder cannot be written.')
  })
  it('that cannot be read are reported once and not asked for again', async () => {
    kept = [older]
    refuse('probe.result', new UserError('This probing run is not kept any more; run it again.'))
    const { store, selection, notices } = await open()
    selection.task = 'deprel'
    selection.task = 'upos'
    await settle()
    expect(store.current).toBeNull()
    expect(asked('probe.result')).toBe(1)
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
    expect(store.runningHere.map((probe) => [probe.taskTitle, probe.state])).toEqual([['UPOS', 'running']])
    running[0]!.finish(probeResult('upos'))
    expect((await run)?.id).toBe('run-upos')
    await settle()
    expect(store.current?.id).toBe('run-upos')
    expect(store.runningHere).toEqual([])
    expect(asked('probe.result')).toBe(2)
  })
  it('runs several tasks one after the other', async () => {
    const { store } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    expect(store.running.map((probe) => probe.state)).toEqual(['running', 'waiting'])
    expect(running).toHaveLength(1)
    running[0]!.finish(probeResult('upos'))
    await settle()
    expect(running.map((run) => run.input.task)).toEqual(['upos', 'deprel'])
    running[1]!.finish(probeResult('deprel'))
    expect((await all).map((result) => result.task.id)).toEqual(['upos', 'deprel'])
  })
  it('cancels by the job’s id, says nothing of it, and goes on with the next', async () => {
    const { store, notices } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    await store.cancel(store.running[0]!.jobId)
    await settle()
    expect(notices.notices).toEqual([])
    expect(store.running.map((probe) => [probe.options.task, probe.state])).toEqual([['deprel', 'running']])
    running[1]!.finish(probeResult('deprel'))
    expect((await all).map((result) => result.task.id)).toEqual(['deprel'])
  })
  it('takes a waiting task out without asking the engine', async () => {
    const { store } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    await store.cancel(store.running[1]!.jobId)
    running[0]!.finish(probeResult('upos'))
    expect(await all).toHaveLength(1)
    expect(asked('job.cancel')).toBe(0)
    expect(running).toHaveLength(1)
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

describe('probes of another window, or of this one before it was loaded anew', () => {
  const job = jobStatus({ id: 'theirs', title: 'Probing UPOS', message: 'Layer 1', secondsLeft: 3 })

  it('are taken up rather than started a second time, and can be cancelled', async () => {
    jobs = [job]
    const { store } = await open()
    await store.runDefaults(['upos'])
    expect(running).toEqual([])
    expect(store.runningHere).toMatchObject([{ jobId: 'theirs', taskTitle: 'UPOS', state: 'running' }])
    await store.cancel('theirs')
    expect(asked('job.cancel')).toBe(1)
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
