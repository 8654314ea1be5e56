// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, type App } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import StatusBar from '@/shell/StatusBar.vue'
import { useCommands } from '@/shell/useCommands'
import { useGeneralActions } from '@/shell/useGeneralActions'
import { appearAfterMs } from '@/shell/visibleJobs'
import { useJobStore } from '@/stores/jobStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useSessionStore } from '@/stores/sessionStore'
import { jobStatus } from '../../shared/jobStatus'
import { engine, settle } from '../engine'
import { datasetInfo, modelInfo } from '../fixtures'
import { noActions } from './noActions'

let app: App | null = null
afterEach(() => {
  app?.unmount()
  vi.useRealTimers()
  document.body.replaceChildren()
})

async function mountBar(): Promise<HTMLElement> {
  engine.answers['job.list'] = () => ({ jobs: [], notes: [] })
  const pinia = createPinia()
  setActivePinia(pinia)
  const host = document.createElement('div')
  document.body.append(host)
  app = createApp({ render: () => h(TooltipProvider, () => h(StatusBar)) })
  app.use(pinia).mount(host)
  await settle()
  return host
}

it('names the model and the data of a job where others are open', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const host = await mountBar()
  const session = useSessionStore()
  session.model = modelInfo()
  session.dataset = datasetInfo()
  const subject = {
    model: { id: session.model.id, name: session.model.name },
    dataset: { id: session.dataset.id, name: 'EWT' }
  }
  useJobStore().put(jobStatus({ id: 'a', title: 'Probing UPOS', state: 'running', startedAt: 0, subject }))
  await settle()
  vi.advanceTimersByTime(appearAfterMs)
  await settle()
  expect(host.textContent).toContain('Probing UPOS')
  expect(host.textContent).not.toContain('EWT')
  session.dataset = datasetInfo({ id: 'other', name: 'GUM' })
  await settle()
  expect(host.textContent).toMatch(/Probing UPOS\s*of EWT/)
})

it('names what it has no room for, and opens the list of all jobs by it, what runs first', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  Object.assign(window, { innerWidth: 800 })
  const host = await mountBar()
  const jobs = useJobStore()
  jobs.put(jobStatus({ id: 'c', title: 'Curve by size', state: 'waiting', rank: 1 }))
  jobs.put(jobStatus({ id: 'a', title: 'Probing UPOS', state: 'running', startedAt: 0, createdAt: 1, rank: 2 }))
  jobs.put(jobStatus({ id: 'b', title: 'Opening GUM', state: 'running', startedAt: 0, createdAt: 2, rank: 3 }))
  await settle()
  vi.advanceTimersByTime(appearAfterMs)
  await settle()
  const more = host.querySelector<HTMLButtonElement>('button.more')!
  expect(more.textContent).toBe('1 waiting, 1 more')
  more.click()
  await settle()
  const list = document.querySelector('[role=dialog]')!
  expect([...list.querySelectorAll('h3')].map(({ textContent }) => textContent)).toEqual(['Running', 'Waiting'])
  expect(list.querySelector('section')!.textContent).toMatch(/Probing UPOS.*Opening GUM/)
})

it('opens the list of jobs from the palette, also where the bar has no button for it', async () => {
  await mountBar()
  expect(document.querySelector('[role=dialog]')).toBeNull()
  useGeneralActions(noActions)
  const commands = useCommands()
  commands.value.find(({ title }) => title === 'All jobs…')!.run()
  await settle()
  expect(document.querySelector('[role=dialog]')?.getAttribute('aria-label')).toBe('All jobs')
  useLayoutStore().jobsOpen = false
  await settle()
  expect(document.querySelector('[role=dialog]')).toBeNull()
})
