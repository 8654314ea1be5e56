// @vitest-environment happy-dom
import type { Lineage } from '@shared/model'
import { UserError } from '@shared/userError'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, h, type App } from 'vue'
import { afterEach, expect, it } from 'vitest'
import ModelDetails from '@/shell/ModelDetails.vue'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { modelInfo } from '../fixtures'

let app: App | null = null
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

const tuned = (lineage?: Lineage) => modelInfo({ id: 'tuned', name: 'tuned', ...(lineage && { lineage }) })
const base = { name: 'bert', path: '/models/bert' }

async function details(lineage?: Lineage): Promise<HTMLElement> {
  const pinia = createPinia()
  setActivePinia(pinia)
  useSessionStore().model = tuned(lineage)
  const host = document.createElement('div')
  document.body.append(host)
  app = createApp({ render: () => h(ModelDetails, { open: true }) })
  app.use(pinia).mount(host)
  await settle()
  return document.body
}
const section = (page: HTMLElement): HTMLElement | null => page.querySelector('[aria-label=Lineage]')

it('says nothing of a model whose weights come from nowhere known', async () => {
  expect(section(await details())).toBeNull()
})

it('says where the weights come from, and compares the tensors with the base', async () => {
  engine.answers = {
    'model.open': () => modelInfo({ id: 'base', name: 'bert' }),
    'model.compareWeights': () =>
      tuned({
        base,
        differences: {
          compared: 12,
          changed: { count: 1, names: ['pooler.bias'] },
          added: { count: 0, names: [] },
          removed: { count: 0, names: [] }
        }
      })
  }
  const page = await details({ base, recipe: 'LoRA', step: 1200 })
  expect(section(page)!.textContent).toMatch(/base\s*bert, \/models\/bert\s*recipe\s*LoRA\s*step\s*1200/)
  section(page)!.querySelector('button')!.click()
  await settle()
  const jobId = engine.inputs('model.compareWeights')[0]!.jobId
  expect(engine.inputs('model.open')).toEqual([{ path: '/models/bert', jobId }])
  expect(engine.inputs('model.compareWeights')).toEqual([{ modelId: 'tuned', baseId: 'base', jobId }])
  expect(section(page)!.textContent).toContain('1 of 12 tensors; 0 added, 0 removed: pooler.bias')
  expect(section(page)!.querySelector('button')).toBeNull()
})

it('offers no comparison where the base is only a name, and says why one failed', async () => {
  expect(section(await details({ base: { name: 'bert' } }))!.querySelector('button')).toBeNull()
  app!.unmount()
  document.body.replaceChildren()
  engine.answers['model.open'] = () => Promise.reject(new UserError('There is no folder /models/bert.'))
  const page = await details({ base })
  section(page)!.querySelector('button')!.click()
  await settle()
  expect(section(page)!.textContent).toContain('There is no folder /models/bert.')
})
