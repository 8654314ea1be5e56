// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, nextTick, type App } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import GpuChoice from '@/shell/GpuChoice.vue'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'

let app: App | null = null
afterEach(() => app?.unmount())

const cards = [
  { name: 'NVIDIA A', uuid: 'GPU-1' },
  { name: 'NVIDIA B', uuid: 'GPU-2' }
]

async function mount(gpus: typeof cards, gpu: string | null): Promise<HTMLElement> {
  const pinia = createPinia()
  setActivePinia(pinia)
  Object.assign(useSessionStore(), { gpus, gpu })
  const host = document.createElement('div')
  app = createApp(GpuChoice)
  app.use(pinia).mount(host)
  await nextTick()
  return host
}

it('is there where there is a choice, and only there', async () => {
  expect((await mount(cards.slice(0, 1), null)).querySelector('fieldset')).toBeNull()
  app!.unmount()
  const host = await mount(cards, 'GPU-2')
  expect([...host.querySelectorAll('label')].map(({ textContent }) => textContent!.trim())).toEqual([
    'The first one',
    'NVIDIA A',
    'NVIDIA B'
  ])
  expect(host.querySelector<HTMLInputElement>('input:checked')!.value).toBe('GPU-2')
})

it('keeps the chosen card for the next start', async () => {
  engine.answers['device.useGpu'] = () => null
  const host = await mount(cards, null)
  const [first, , last] = host.querySelectorAll('input')
  last!.dispatchEvent(new Event('change'))
  await vi.waitFor(() => expect(useSessionStore().gpu).toBe('GPU-2'))
  first!.dispatchEvent(new Event('change'))
  await vi.waitFor(() => expect(useSessionStore().gpu).toBeNull())
  expect(engine.inputs('device.useGpu')).toEqual([{ gpu: 'GPU-2' }, { gpu: null }])
})
