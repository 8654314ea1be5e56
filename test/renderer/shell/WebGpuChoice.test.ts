// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, nextTick, type App } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import WebGpuChoice from '@/shell/WebGpuChoice.vue'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'

let app: App | null = null
afterEach(() => app?.unmount())

async function mount(webGpu: { chosen: boolean; crashed: string | null } | null): Promise<HTMLElement> {
  const pinia = createPinia()
  setActivePinia(pinia)
  Object.assign(useSessionStore(), { webGpu })
  const host = document.createElement('div')
  app = createApp(WebGpuChoice)
  app.use(pinia).mount(host)
  await nextTick()
  return host
}

it('is there where WebGPU is installed, and is off until it is chosen', async () => {
  expect((await mount(null)).querySelector('input')).toBeNull()
  app!.unmount()
  expect((await mount({ chosen: false, crashed: null })).querySelector('input')!.checked).toBe(false)
})

it('keeps the choice for the next start, and forgets a crash when it is chosen again', async () => {
  engine.answers['device.useWebGpu'] = () => null
  const crashed = 'The process crashed while it loaded WebGPU (0.6.2-linux-x64), so it is not used.'
  const host = await mount({ chosen: true, crashed })
  expect(host.querySelector('p')!.textContent).toBe(crashed)
  const box = host.querySelector('input')!
  for (const use of [false, true]) {
    box.checked = use
    box.dispatchEvent(new Event('change'))
    await vi.waitFor(() => expect(useSessionStore().webGpu!.chosen).toBe(use))
  }
  expect(engine.inputs('device.useWebGpu')).toEqual([{ use: false }, { use: true }])
  await nextTick()
  expect(host.querySelector('p')).toBeNull()
})
