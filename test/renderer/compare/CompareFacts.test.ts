// @vitest-environment happy-dom
import type { ModelFacts, ModelSpeed } from '@shared/compare'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, type App } from 'vue'
import { afterEach, beforeEach, expect, it } from 'vitest'
import CompareFacts from '@/modules/compare/CompareFacts.vue'
import { useCompareModels } from '@/modules/compare/compareModels'
import { moment } from '@/plots/format'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { answered } from '../fixtures'
import { dataset, model } from '../probes/fixture'

let app: App | null = null
const root = document.createElement('div')
const facts: ModelFacts = {
  modelId: model.id,
  memoryBytes: 1,
  words: 2,
  subwords: 3,
  splitWords: 1,
  missingWords: 0
}
const speed: ModelSpeed = {
  modelId: model.id,
  words: 2000,
  subwords: 2500,
  seconds: 2,
  passes: 3,
  wordsPerSecond: 1000,
  subwordsPerSecond: 1250,
  threads: 2,
  backend: 'native CPU'
}
const yesterday = '2026-11-20T10:00:00.000Z'

beforeEach(async () => {
  const pinia = createPinia()
  setActivePinia(pinia)
  engine.reset({
    'state.load': () => ({}),
    'state.save': () => null,
    'probe.list': () => [],
    'job.cancel': () => null,
    'compare.facts': () => answered('facts', facts),
    'compare.speed': ({ fresh }) =>
      fresh
        ? { ...answered('speed', { ...speed, wordsPerSecond: 1100 }), createdAt: '2026-11-21T10:00:00.000Z' }
        : { ...answered('speed', speed), createdAt: yesterday, kept: { id: 'a', createdAt: yesterday } }
  })
  const session = useSessionStore()
  session.dataset = dataset
  session.model = model
  await useCompareModels().fill()
  app = createApp(CompareFacts)
  app.use(pinia).mount(root)
  await settle()
})
afterEach(() => app?.unmount())

const button = (): HTMLButtonElement =>
  [...root.querySelectorAll('button')].find(({ textContent }) => textContent?.includes('Measure'))!

it('a kept speed is shown with its time, and measured again where that is wanted', async () => {
  expect(button().textContent).toContain('Measure speed')
  button().click()
  await settle()
  expect(root.textContent).toContain(`measured ${moment(yesterday)}`)
  expect(button().textContent).toContain('Measure again')
  button().click()
  await settle()
  expect(engine.inputs('compare.speed').map(({ fresh }) => fresh)).toEqual([false, true])
  expect(root.textContent).toContain('1,100')
  expect(root.textContent).toContain(`measured ${moment('2026-11-21T10:00:00.000Z')}`)
})
