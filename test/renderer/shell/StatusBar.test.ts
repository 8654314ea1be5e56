// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, type App } from 'vue'
import { afterEach, expect, it } from 'vitest'
import StatusBar from '@/shell/StatusBar.vue'
import { useCommands } from '@/shell/useCommands'
import { useLayoutStore } from '@/stores/layoutStore'
import { engine, settle } from '../engine'

let app: App | null = null
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

it('opens the list of jobs from the palette, also where the bar has no button for it', async () => {
  engine.answers['job.list'] = () => ({ jobs: [], notes: [] })
  const pinia = createPinia()
  setActivePinia(pinia)
  const host = document.createElement('div')
  document.body.append(host)
  app = createApp({ render: () => h(TooltipProvider, () => h(StatusBar)) })
  app.use(pinia).mount(host)
  await settle()
  expect(document.querySelector('[role=dialog]')).toBeNull()
  const commands = useCommands({ play: () => undefined, exportView: () => undefined })
  commands.value.find(({ title }) => title === 'All jobs…')!.run()
  await settle()
  expect(document.querySelector('[role=dialog]')?.getAttribute('aria-label')).toBe('All jobs')
  useLayoutStore().jobsOpen = false
  await settle()
  expect(document.querySelector('[role=dialog]')).toBeNull()
})
