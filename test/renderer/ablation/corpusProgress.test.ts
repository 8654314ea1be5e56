// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import AblationCorpus from '@/modules/ablation/AblationCorpus.vue'
import { useJobStore } from '@/stores/jobStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'
import { datasetInfo, modelInfo } from '../fixtures'

vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(0), height: ref(0) }) }))

let app: App | null = null

beforeEach(() =>
  engine.reset({ 'probe.list': () => [], 'job.cancel': () => null, 'state.load': () => ({}), 'state.save': () => null })
)
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

it('a running scan shows its own progress, not that of another ablation of the same kind', async () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSessionStore()
  session.model = modelInfo()
  session.dataset = datasetInfo()
  session.split = 'test'
  const root = document.createElement('div')
  document.body.append(root)
  app = createApp({ render: () => h(TooltipProvider, () => h(AblationCorpus, { hasHead: false })) })
  app.use(pinia).mount(root)
  const scans = engine.hold('ablation.scan')
  const bar = () => root.querySelector('[role="progressbar"]')
  const jobs = useJobStore()
  const another = jobStatus({ id: 'another', kind: 'ablation', title: 'Switching off parts', done: 90, total: 100 })

  jobs.put(another)
  ;[...root.querySelectorAll('button')].find((button) => button.textContent.trim() === 'Scan')!.click()
  await settle()
  expect(bar()?.getAttribute('aria-valuenow')).toBeNull()
  jobs.put({ ...another, id: scans[0]!.input.jobId!, done: 25, secondsLeft: 42 })
  await settle()
  expect(bar()?.getAttribute('aria-valuenow')).toBe('25')
  expect(root.textContent).toContain('42 s left')
  jobs.put({ ...another, done: 99 })
  await settle()
  expect(bar()?.getAttribute('aria-valuenow')).toBe('25')
})
