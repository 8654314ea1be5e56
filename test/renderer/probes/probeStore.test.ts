// @vitest-environment happy-dom
import type { CallInput, CallName } from '@shared/contract'
import type { JobStatus } from '@shared/jobs'
import type { ProbeResult } from '@shared/probe'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { nextTick } from 'vue'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { probeableTasks, useProbeStore } from '@/stores/probeStore'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { dataset, model, probeOptions, probeResult, probeSummary } from './fixture'

/** The engine as far as the store asks it: kept runs, and runs that end when the test says so. */
const engine = vi.hoisted(() => ({
  kept: [] as ProbeResult[],
  asked: [] as { name: string; input: unknown }[],
  running: [] as {
    input: { task: string; jobId?: string }
    finish: (result: ProbeResult) => void
    fail: (error: Error) => void
  }[],
  refuse: new Map<string, Error>(),
  jobs: [] as JobStatus[]
}))

vi.mock('@/client', () => ({
  client: {
    call: async <N extends CallName>(name: N, input: CallInput<N>): Promise<unknown> => {
      engine.asked.push({ name, input })
      const refusal = engine.refuse.get(name)
      if (refusal) throw refusal
      const runId = (input as { runId?: string }).runId
      if (name === 'results.list') return []
      if (name === 'probe.list')
        return engine.kept.map(probeSummary).sort((a, b) => b.createdAt.localeCompare(a.createdAt))
      if (name === 'probe.result') return engine.kept.find((result) => result.id === runId)
      if (name === 'probe.delete') {
        engine.kept = engine.kept.filter((result) => result.id !== runId)
        return null
      }
      if (name === 'probe.run') {
        return new Promise((resolve, reject) => {
          engine.running.push({
            input: input as { task: string; jobId?: string },
            finish: (result) => {
              engine.kept.push(result)
              resolve(result)
            },
            fail: reject
          })
        })
      }
      if (name === 'job.list') return engine.jobs
      if (name === 'job.cancel') {
        const cancelled = new Error('Cancelled.')
        cancelled.name = 'JobCancelled'
        engine.running.find((run) => run.input.jobId === (input as { jobId: string }).jobId)?.fail(cancelled)
        return null
      }
      throw new Error(`Nothing answers ${name} here.`)
    },
    on: () => () => undefined
  }
}))

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn++) await nextTick()
}
function asked(name: CallName): number {
  return engine.asked.filter((call) => call.name === name).length
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
  engine.kept = []
  engine.asked = []
  engine.running = []
  engine.jobs = []
  engine.refuse.clear()
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
    engine.kept = [older, probeResult('upos'), probeResult('deprel')]
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
    engine.kept = [
      probeResult('upos', { model: { id: 'other', name: 'other', layers: 2 } }),
      probeResult('deprel', { dataset: { ...older.dataset, id: 'other' } })
    ]
    const { store } = await open()
    expect(store.runs).toHaveLength(2)
    expect(store.runsHere).toHaveLength(0)
    expect(store.current).toBeNull()
  })
  it('can be chosen instead of the newest, and compared with it', async () => {
    engine.kept = [older, probeResult('upos')]
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
    engine.kept = [older, probeResult('upos')]
    const { store } = await open()
    await store.remove('run-upos')
    await settle()
    expect(store.current?.id).toBe('older')
    expect(store.results.has('run-upos')).toBe(false)
    expect(engine.kept.map((run) => run.id)).toEqual(['older'])
  })
  it('stay when the engine refuses to delete them, and say why', async () => {
    engine.kept = [older]
    const { store, notices } = await open()
    engine.refuse.set('probe.delete', new UserError('The folder cannot be written.'))
    await store.remove('older')
    expect(store.runs).toHaveLength(1)
    expect(notices.notices[0]?.text).toBe('The folder cannot be written.')
  })
  it('that cannot be read are reported once and not asked for again', async () => {
    engine.kept = [older]
    engine.refuse.set('probe.result', new UserError('This probing run is not kept any more; run it again.'))
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
    engine.kept = [older, probeResult('upos', { id: 'middle', createdAt: '2026-11-02T10:00:00.000Z' })]
    const { store } = await open()
    store.show('older')
    const run = store.run(probeOptions())
    await settle()
    expect(store.runningHere.map((probe) => [probe.taskTitle, probe.state])).toEqual([['UPOS', 'running']])
    engine.running[0]!.finish(probeResult('upos'))
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
    expect(engine.running).toHaveLength(1)
    engine.running[0]!.finish(probeResult('upos'))
    await settle()
    expect(engine.running.map((run) => run.input.task)).toEqual(['upos', 'deprel'])
    engine.running[1]!.finish(probeResult('deprel'))
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
    engine.running[1]!.finish(probeResult('deprel'))
    expect((await all).map((result) => result.task.id)).toEqual(['deprel'])
  })
  it('takes a waiting task out without asking the engine', async () => {
    const { store } = await open()
    const all = store.runAll([probeOptions(), probeOptions({ task: 'deprel' })])
    await settle()
    await store.cancel(store.running[1]!.jobId)
    engine.running[0]!.finish(probeResult('upos'))
    expect(await all).toHaveLength(1)
    expect(asked('job.cancel')).toBe(0)
    expect(engine.running).toHaveLength(1)
  })
  it('says what failed, as a sentence', async () => {
    const { store, notices } = await open()
    const run = store.run(probeOptions())
    await settle()
    engine.running[0]!.fail(new UserError('The training part holds one class only; choose another.'))
    expect(await run).toBeNull()
    expect(notices.notices).toMatchObject([
      { title: 'UPOS could not be probed', text: 'The training part holds one class only; choose another.' }
    ])
    expect(store.running).toEqual([])
  })
})

describe('the first launch', () => {
  it('probes what is missing with limits that take seconds', async () => {
    engine.kept = [probeResult('upos')]
    const { store } = await open()
    const all = store.runDefaults(['upos', 'deprel', 'nonsense'])
    await settle()
    expect(engine.running.map((run) => run.input)).toMatchObject([
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
    expect(engine.running).toHaveLength(1)
    engine.running[0]!.finish(probeResult('deprel'))
    await all
  })
  it('probes nothing where the kept runs could not be listed', async () => {
    engine.refuse.set('probe.list', new UserError('The folder of runs cannot be read.'))
    const { store } = await open()
    await store.runDefaults(['upos'])
    expect(engine.running).toEqual([])
  })
})

describe('probes of another window, or of this one before it was loaded anew', () => {
  const job: JobStatus = {
    id: 'theirs',
    kind: 'probe',
    title: 'Probing UPOS',
    state: 'running',
    done: 1,
    total: 4,
    message: 'Layer 1',
    startedAt: 0,
    secondsLeft: 3
  }

  it('are taken up rather than started a second time, and can be cancelled', async () => {
    engine.jobs = [job]
    const { store } = await open()
    await store.runDefaults(['upos'])
    expect(engine.running).toEqual([])
    expect(store.runningHere).toMatchObject([{ jobId: 'theirs', taskTitle: 'UPOS', state: 'running' }])
    await store.cancel('theirs')
    expect(asked('job.cancel')).toBe(1)
  })
  it('show their result when they end', async () => {
    engine.jobs = [job]
    const { store } = await open()
    await store.runDefaults(['upos'])
    engine.kept = [probeResult('upos')]
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
