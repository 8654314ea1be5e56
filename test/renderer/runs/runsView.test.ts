// @vitest-environment happy-dom
import type { RunReport, RunUnit } from '@shared/runFolders'
import { createPinia, setActivePinia } from 'pinia'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createApp, h, KeepAlive, type App } from 'vue'
import RunsView from '@/modules/runs/RunsView.vue'
import { useNoticeStore } from '@/stores/noticeStore'
import { engine } from '../engine'

const entry = (name: string): RunReport['entry'] => ({
  path: `/runs/${name}`,
  name,
  on: 'slurm',
  createdAt: '2026-11-29T10:00:00.000Z',
  units: 3,
  kept: 1
})
const unit = (title: string, changes: Partial<RunUnit>): RunUnit => ({
  key: title.padEnd(64, '0'),
  title,
  model: 'MiniLM',
  data: 'EWT',
  state: 'kept',
  attempts: 1,
  host: 'n1',
  job: '7_0',
  start: '2026-11-29T10:00:00.000Z',
  end: '2026-11-29T10:01:30.000Z',
  progress: null,
  why: null,
  hasLog: true,
  ...changes
})
let report: RunReport
let app: App
let pinia: ReturnType<typeof createPinia>

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  pinia = createPinia()
  setActivePinia(pinia)
  report = {
    entry: entry('layers'),
    units: [
      unit('upos', {}),
      unit('deprel', { state: 'running', end: null, progress: 0.25 }),
      unit('xpos', { state: 'named', why: 'There is no task xpos.' })
    ],
    refused: [],
    stopped: false,
    active: true,
    followed: false,
    trouble: null
  }
  engine.answers = {
    'runs.list': () => [entry('layers'), entry('other')],
    'runs.read': ({ path }) => ({ ...report, entry: entry(path.slice('/runs/'.length)) }),
    'runs.log': () => ({ path: '/runs/layers/logs/0.out', text: 'It computes.' }),
    'runs.resume': () => null,
    'runs.cancel': () => null,
    'runs.collect': () => ({ added: 1, there: 0 })
  }
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
  vi.useRealTimers()
})

const settled = async (): Promise<void> => {
  for (let i = 0; i < 6; i++) await new Promise(setImmediate)
}
async function open(): Promise<void> {
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(KeepAlive, null, [h(RunsView)]) })
  app.use(pinia).mount(root)
  await settled()
}
const all = (selector: string): HTMLElement[] => [...document.querySelectorAll<HTMLElement>(selector)]
async function press(label: string): Promise<void> {
  all('button')
    .find((button) => button.textContent!.trim() === label)!
    .click()
  await settled()
}
const cells = (): string[][] =>
  all('tbody tr').map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent!.trim()))

test('units by state, with where and how long they ran, and the log of the chosen one', async () => {
  await open()
  expect(cells().map((row) => [row[0], row[3], row[4], row[5], row[7]])).toEqual([
    ['upos', 'kept', '1', 'n1', '2 min'],
    ['deprel', 'running, 25\u202f%', '1', 'n1', '–'],
    ['xpos', 'failed', '1', 'n1', '2 min']
  ])
  await press('1 failed')
  expect(cells()).toHaveLength(1)
  all('tbody tr')[0]!.click()
  await settled()
  expect(document.body.textContent).toContain('There is no task xpos.')
  expect(all('pre')[0]!.textContent).toBe('It computes.')
})

test('what can be done with it: cancel, failed again, collect; it is looked at again', async () => {
  await open()
  await press('Cancel')
  await press('Try failed again')
  await press('Collect into the library')
  expect(engine.inputs('runs.cancel')).toEqual([{ path: '/runs/layers' }])
  expect(engine.inputs('runs.resume')).toEqual([{ path: '/runs/layers', failed: true }])
  expect(useNoticeStore().fact!.text).toBe('1 result added to the library.')
  const before = engine.inputs('runs.read').length
  vi.advanceTimersByTime(5000)
  await settled()
  expect(engine.inputs('runs.read').length).toBe(before + 1)
})

test('without runs it says how one begins', async () => {
  engine.answers['runs.list'] = () => []
  await open()
  expect(document.body.textContent).toContain('layerscope sweep FILE --on local --run FOLDER')
})
