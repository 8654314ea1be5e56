// @vitest-environment happy-dom
import { attentionWayNames, guessWayNames } from '@shared/attentionWays'
import type { QueryKey } from '@shared/queryKey'
import { rowsOfSumOne } from '@shared/rowShares'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import AttentionView from '@/modules/attention/AttentionView.vue'
import { wayOptions, waySeconds } from '@/modules/attention/mapWays'
import { neuronRows } from '@/modules/attention/neuronRows'
import { useAttentionSettings } from '@/stores/attentionSettings'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis } from '../fixtures'

vi.mock('@/composables/useElementSize', () => ({
  useElementSize: () => ({ width: ref(1300), height: ref(700) })
}))

const words = ['She', 'reads', 'old', 'books']
/** Of a query of two dimensions; the last key is out of its reach. */
const apart: QueryKey = {
  token: 1,
  query: { shape: [2], data: Float32Array.of(2, 1) },
  keys: { shape: [6, 2], data: Float32Array.of(1, 0, 0, 1, 3, 0, 0, 0, 1, 1, 9, 9) },
  rotary: true,
  scale: 0.5,
  cap: null,
  products: { shape: [6], data: Float32Array.of(1, 0.5, 3, 0, 1.5, 13.5) },
  position: { title: 'distance penalty (ALiBi)', values: { shape: [6], data: Float32Array.of(0, -1, -2, -3, -4, 0) } },
  sink: null,
  visible: [true, true, true, true, true, false],
  weights: { shape: [6], data: Float32Array.of(0.4, 0.1, 0.45, 0.02, 0.03, 0) }
}
let app: App | null = null
let root: HTMLElement

beforeEach(async () => {
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'sentence.analyze': () => ({ ...sentenceAnalysis(words, 2, 3), milliseconds: 2000 }),
    'attention.head': () => ({ shape: [6, 6], data: new Float32Array(36).fill(1 / 6) }),
    'attention.combined': () => ({ shape: [6, 6], data: new Float32Array(36).fill(3) }),
    'attention.queryKey': () => apart
  }
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  useSessionStore().model = modelInfo({ layers: 2, heads: 3 })
  const selection = useSelectionStore()
  selection.layer = 2
  selection.selectSentence({ kind: 'text', text: words.join(' ') })
  app = createApp(AttentionView)
  app.use(pinia).mount(root)
  await settle()
})
afterEach(() => {
  app?.unmount()
  root.remove()
})

const press = (name: string): void =>
  [...root.querySelectorAll('button')].find((button) => button.textContent?.trim().startsWith(name))!.click()

test('a map that takes more than a second says so first, and is computed when it is wanted', async () => {
  const { settings } = useAttentionSettings()
  settings.way = 'rollout'
  await settle()
  expect(engine.inputs('attention.combined')).toEqual([])
  expect(root.textContent).toContain('This map takes about 2 s on this machine.')
  press('Compute')
  await settle()
  expect(engine.inputs('attention.combined')).toMatchObject([{ layer: 2, head: 0, way: 'rollout' }])
  expect(root.textContent).toMatch(/Rollout\s*: Attention from layer to layer multiplied up.*Abnar & Zuidema 2020/s)
  expect(root.querySelector('.lines')?.getAttribute('aria-label')).toBe('Lines of layer 2, rollout')
  // Rows are scaled: four of six equal weights are on words.
  expect(root.querySelector('[aria-label="How much of the attention is drawn"]')?.textContent).toContain(
    '33 % on hidden'
  )
  settings.way = 'weights'
  await settle()
  expect(root.querySelector('.lines')?.getAttribute('aria-label')).toBe('Lines of layer 2, head 1')
})

test('query and key come apart in place: the keys with the largest weights, product by product', async () => {
  press('Query × key')
  await settle()
  expect(engine.inputs('attention.queryKey')).toMatchObject([{ layer: 2, head: 0, token: 1 }])
  const cells = [...root.querySelectorAll('.neurons tbody tr')].map((row) =>
    [...row.querySelectorAll('th, .number')].map((cell) => cell.textContent?.trim())
  )
  expect(cells.slice(0, 2)).toEqual([
    ['reads', '3.00', '−2.00', '0.450'],
    ['[CLS]', '1.00', '0.00', '0.400']
  ])
  expect(cells).toHaveLength(5)
  expect(root.querySelector('.neurons .note')?.textContent).toMatch(
    /turned by their rotary positions.*Distance penalty \(ALiBi\) is added/
  )
  press('Query × key')
  await settle()
  expect(root.querySelector('.neurons table')).toBeNull()
})

test('gradients explain the guess at the token that is kept: one row, in shares of sizes', async () => {
  const { settings } = useAttentionSettings()
  settings.way = 'integrated'
  await settle()
  expect(root.textContent).toContain('has no language-model head')
  useSessionStore().model = modelInfo({ id: 'model-b', layers: 2, heads: 3, head: true })
  await settle()
  expect(root.textContent).toContain('Click a token')
  engine.answers['attribution.run'] = () =>
    ({ values: { shape: [6], data: Float32Array.of(1, -2, 0, 1, 0, 0) } }) as never
  useSelectionStore().word = 0
  await settle()
  press('Compute')
  await settle()
  expect(engine.inputs('attribution.run')).toMatchObject([
    { modelId: 'model-b', method: 'integrated', steps: 20, target: { kind: 'token', place: 1 }, label: null }
  ])
  // The query is the first word, which is token 1: half of all sizes are its own, a quarter that of token 3.
  const values = [...root.querySelectorAll('.tokens tbody tr')].map((row) => row.textContent?.replace(/\s/g, ''))
  expect(values.slice(0, 2)).toEqual(['she10.500', 'old30.250'])
})

test('products by dimension sum to the score', () => {
  for (const { products, score } of neuronRows(apart, 10))
    expect(products.reduce((sum, value) => sum + value, 0)).toBeCloseTo(score, 6)
  expect(neuronRows(apart, 2).map(({ key }) => key)).toEqual([2, 0])
})

test('every way has an entry and a cost; rows are shares', () => {
  expect(wayOptions.map(({ value }) => value)).toEqual(['weights', ...attentionWayNames, ...guessWayNames])
  const size = { pass: 0.6, tokens: 100, layer: 3, layers: 6, heads: 12 }
  expect(waySeconds('layerNorms', size)).toBeGreaterThan(waySeconds('valueNorms', size))
  expect(waySeconds('rollout', { ...size, pass: 0.5 })).toBe(0.5)
  expect(waySeconds('valueZeroing', size)).toBeCloseTo(10.6)
  expect(waySeconds('weights', size)).toBe(0)
  expect([...rowsOfSumOne(Float32Array.of(1, 3, 0, 0), 2)]).toEqual([0.25, 0.75, 0, 0])
})
