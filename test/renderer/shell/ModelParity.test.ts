// @vitest-environment happy-dom
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, nextTick, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import ModelParity from '@/shell/ModelParity.vue'
import { engine } from '../engine'
import { modelInfo } from '../fixtures'

let app: App | null = null
beforeEach(() => {})
afterEach(() => app?.unmount())

function mount(reference: 'none' | 'beside', pinia = createPinia()): HTMLElement {
  setActivePinia(pinia)
  const host = document.createElement('div')
  app = createApp(ModelParity, { model: modelInfo({ reference }) })
  app.use(pinia).mount(host)
  return host
}
const check = {
  hiddenStates: 2.1e-5,
  attentions: 3e-7,
  inside: null,
  logits: null,
  tolerance: 1e-4,
  ok: true,
  backend: 'WebAssembly, one thread'
}

it('says how to make a reference where there is none', () => {
  const host = mount('none')
  expect(host.textContent).toContain('docs/parity.md')
  expect(host.querySelector('button')).toBeNull()
})

it('checks when asked, shows the largest difference, and remembers it', async () => {
  const pinia = createPinia()
  engine.answers['model.checkParity'] = () => check
  const host = mount('beside', pinia)
  expect(host.querySelector('[role=status]')!.textContent).toBe('Not checked against PyTorch yet')
  host.querySelector('button')!.click()
  await vi.waitFor(() =>
    expect(host.querySelector('[role=status]')!.textContent).toBe('Checked against PyTorch: largest difference 2.1e-5')
  )
  expect(host.querySelector('.note')!.textContent).toMatch(
    /hidden states 2\.1e-5, attention maps 3\.0e-7;\s+tolerance 1\.0e-4\. WebAssembly, one thread\./
  )
  app!.unmount()
  expect(mount('beside', pinia).querySelector('[role=status]')!.textContent).toContain('2.1e-5')
  expect(engine.inputs('model.checkParity')).toHaveLength(1)
})

it('says so where values differ, and why where the check failed', async () => {
  engine.answers['model.checkParity'] = () => ({ ...check, logits: 0.25, ok: false })
  const host = mount('beside')
  host.querySelector('button')!.click()
  await vi.waitFor(() =>
    expect(host.querySelector('[role=status]')!.textContent).toBe('Differs from PyTorch: largest difference 2.5e-1')
  )
  engine.answers['model.checkParity'] = () => Promise.reject(new UserError('The reference has another shape.'))
  host.querySelector('button')!.click()
  await nextTick()
  await vi.waitFor(() =>
    expect(host.querySelector('[role=alert]')!.textContent).toBe('The reference has another shape.')
  )
})
