// @vitest-environment happy-dom
import type { JobStatus } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia, type Pinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, nextTick, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import JobList from '@/shell/JobList.vue'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'

let jobs: JobStatus[]
let pinia: Pinia
let app: App | null = null
const subject = { model: { id: 'm', name: 'MiniLM' }, dataset: { id: 'd', name: 'EWT' } }
const queue = [
  jobStatus({ id: 'a', title: 'Probing UPOS', subject, rank: 1 }),
  jobStatus({
    id: 'b',
    title: 'Probing UPOS',
    subject: { model: { id: 'g', name: 'GPT-2' } },
    rank: 2,
    state: 'waiting'
  }),
  jobStatus({ id: 'c', title: 'Pruning', rank: 3, state: 'waiting' }),
  jobStatus({ id: 'd', title: 'Size curve', rank: 4, state: 'paused' }),
  jobStatus({ id: 'e', title: 'Minimal pairs', rank: 5, state: 'interrupted' }),
  jobStatus({ id: 'f', title: 'Comparing layers', rank: 6, state: 'failed', error: 'The files are gone.' }),
  jobStatus({ id: 'g', title: 'Old', rank: 0, state: 'done' })
]

beforeEach(() => {
  pinia = createPinia()
  setActivePinia(pinia)
  jobs = queue
  engine.reset({
    'job.list': () => ({ jobs, notes: ['A file of the queue is damaged.'] }),
    'job.cancel': () => null,
    'job.pause': () => null,
    'job.resume': () => null,
    'job.move': () => null,
    'job.forget': () => null
  })
})

afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

async function list() {
  const store = useJobStore()
  await store.load()
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(TooltipProvider, () => h(JobList)) })
  app.use(pinia).mount(root)
  const press = async (label: string): Promise<void> => {
    const nameOf = (button: Element): string => button.getAttribute('aria-label') ?? button.textContent.trim()
    const button = [...root.querySelectorAll('button')].find((one) => nameOf(one) === label)
    expect(button, label).toBeDefined()
    button!.click()
    await settle()
  }
  return { store, root, press }
}
const textsOf = (root: Element, selector: string): string[] =>
  [...root.querySelectorAll(selector)].map((element) => element.textContent.trim())

describe('the list of jobs', () => {
  it('has the queue in its order with what each job is about, and what was interrupted or has failed', async () => {
    const { root } = await list()
    const parts = [...root.querySelectorAll('section')].map((part) => [
      part.getAttribute('aria-label'),
      textsOf(part, '.title')
    ])
    expect(parts).toEqual([
      ['Running jobs', ['Probing UPOS']],
      ['Paused jobs', ['Size curve']],
      ['Waiting jobs', ['Probing UPOS', 'Pruning']],
      ['Interrupted jobs', ['Minimal pairs']],
      ['Failed jobs', ['Comparing layers']]
    ])
    expect(root.textContent).toContain('MiniLM, EWT')
    expect(root.textContent).toContain('The files are gone.')
    expect(useNoticeStore().notices.map(({ text }) => text)).toEqual(['A file of the queue is damaged.'])
  })

  it('shows a note that the engine has made meanwhile when a job ends, each note once', async () => {
    const { store } = await list()
    const texts = (): string[] => useNoticeStore().notices.map(({ text }) => text)
    const full = 'What saves time later could not be kept.'
    engine.answers['job.list'] = () => ({ jobs, notes: ['A file of the queue is damaged.', full] })
    store.put({ ...jobs[0]!, state: 'done' })
    await settle()
    expect(texts()).toEqual(['A file of the queue is damaged.', full])
    store.put({ ...jobs[2]!, state: 'cancelled' })
    await settle()
    expect(texts()).toHaveLength(2)
  })

  it('asks the engine by the job’s id, whatever its title', async () => {
    const { press } = await list()
    await press('Cancel: Probing UPOS, GPT-2')
    await press('Pause: Probing UPOS, MiniLM, EWT')
    await press('Continue: Size curve')
    await press('Continue: Minimal pairs')
    await press('Run again: Comparing layers')
    await press('Earlier: Pruning')
    await press('Later: Probing UPOS, GPT-2')
    expect(engine.inputs('job.cancel')).toEqual([{ jobId: 'b' }])
    expect(engine.inputs('job.pause')).toEqual([{ jobId: 'a' }])
    expect(engine.inputs('job.resume')).toEqual([{ jobId: 'd' }, { jobId: 'e' }, { jobId: 'f' }])
    expect(engine.inputs('job.move')).toEqual([
      { jobId: 'c', place: 0 },
      { jobId: 'b', place: 1 }
    ])
  })

  it('moves a waiting job to where it is dropped', async () => {
    const { root } = await list()
    const [first, second] = root.querySelectorAll('section[aria-label="Waiting jobs"] li')
    second!.dispatchEvent(new Event('dragstart', { bubbles: true }))
    first!.dispatchEvent(new Event('dragover', { bubbles: true, cancelable: true }))
    first!.dispatchEvent(new Event('drop', { bubbles: true, cancelable: true }))
    await settle()
    expect(engine.inputs('job.move')).toEqual([{ jobId: 'c', place: 0 }])
    expect(root.querySelectorAll('section[aria-label="Running jobs"] li[draggable="true"]')).toHaveLength(0)
  })

  it('cannot move the first one forward, nor the last one back', async () => {
    const { root, store } = await list()
    const disabled = [...root.querySelectorAll('button[disabled]')].map((button) => button.getAttribute('aria-label'))
    expect(disabled).toEqual(['Earlier: Probing UPOS, GPT-2', 'Later: Pruning'])
    await store.move('b', -1)
    expect(engine.inputs('job.move')).toEqual([])
  })

  it('continues all that were interrupted, in their order', async () => {
    jobs = [
      jobStatus({ id: 'second', rank: 2, state: 'interrupted' }),
      jobStatus({ id: 'first', rank: 1, state: 'interrupted' })
    ]
    const { press } = await list()
    await press('Continue all')
    expect(engine.inputs('job.resume')).toEqual([{ jobId: 'first' }, { jobId: 'second' }])
  })

  it('removes what nobody wants to continue; a refusal is a notice and removes nothing', async () => {
    const { press, store } = await list()
    await press('Remove: Minimal pairs')
    expect(store.jobs.has('e')).toBe(false)
    engine.answers['job.forget'] = () => {
      throw new UserError('The folder cannot be written to.')
    }
    await press('Remove: Comparing layers')
    expect(store.jobs.has('f')).toBe(true)
    expect(useNoticeStore().notices.at(-1)).toMatchObject({
      title: 'The job could not be removed',
      text: 'The folder cannot be written to.'
    })
  })
})

it('what was reported while the list was read is newer than the list', async () => {
  const store = useJobStore()
  const held = engine.hold('job.list')
  const loading = store.load()
  store.put(jobStatus({ id: 'a', done: 3 }))
  store.put(jobStatus({ id: 'new' }))
  held[0]!.answer({ jobs: [jobStatus({ id: 'a', done: 1, input: { task: 'upos' } })], notes: [] })
  await loading
  await nextTick()
  expect(store.jobs.get('a')).toMatchObject({ done: 3, input: { task: 'upos' } })
  expect([...store.jobs.keys()]).toEqual(['a', 'new'])
})

it('a request that is asked again takes the place of the one that was not finished', () => {
  const store = useJobStore()
  store.put(jobStatus({ id: 'before', key: 'k', state: 'interrupted' }))
  store.put(jobStatus({ id: 'other', key: 'l', state: 'failed' }))
  store.put(jobStatus({ id: 'again', key: 'k', state: 'waiting' }))
  expect([...store.jobs.keys()]).toEqual(['other', 'again'])
})

it('a job that ended before it could be cancelled needs no message', async () => {
  const store = useJobStore()
  const refusal = (): never => {
    throw new UserError('This job is not running any more.')
  }
  engine.reset({ 'job.cancel': refusal })
  store.put(jobStatus({ id: 'a', state: 'done' }))
  await store.cancel('a')
  expect(useNoticeStore().notices).toEqual([])
  store.put(jobStatus({ id: 'b' }))
  await store.cancel('b')
  expect(useNoticeStore().notices).toMatchObject([{ title: 'The job could not be cancelled' }])
})
