// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { releaseNewest } from '@/composables/onEscape'
import AttentionView from '@/modules/attention/AttentionView.vue'
import { useAttentionSettings } from '@/stores/attentionSettings'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { datasetInfo, modelInfo, sentenceAnalysis, sentenceRow } from '../fixtures'

vi.mock('@/composables/useElementSize', () => ({
  useElementSize: () => ({ width: ref(1300), height: ref(700) })
}))

const words = ['She', 'reads', 'old', 'books']
const patterns = [
  { id: 'previous', title: 'Token before', queries: 9, baseline: null, scores: [0.9, 0.1, 0.1, 0.1, 0.1, 0.1] },
  { id: 'separator', title: 'Special tokens', queries: 9, baseline: null, scores: [0, 0.1, 0.1, 0.1, 0.8, 0.1] }
]
let app: App | null = null
let root: HTMLElement

beforeEach(async () => {
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'results.list': () => [],
    'job.list': () => ({ jobs: [], notes: [] }),
    'sentence.analyze': () => ({ ...sentenceAnalysis(words, 2, 3), milliseconds: 4 }),
    'dataset.sentence': () => sentenceRow(4, words, { heads: [2, 0, 4, 2] }),
    'activations.estimate': () => ({
      words: 10_000,
      subwords: 13_000,
      seconds: 5,
      memoryBytes: 1,
      diskBytes: 1,
      cached: false
    }),
    'attention.head': () => ({ shape: [6, 6], data: new Float32Array(36).fill(1 / 6) })
  }
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSessionStore()
  session.model = modelInfo({ layers: 2, heads: 3 })
  session.dataset = datasetInfo()
  session.split = 'test'
  useSelectionStore().selectSentence({ kind: 'dataset', datasetId: 'd', split: 'test', index: 4 })
  app = createApp(AttentionView)
  app.use(pinia).mount(root)
  await settle()
  useAttentionSettings().settings.tiles = true
  await settle()
})
afterEach(() => {
  app?.unmount()
  root.remove()
})

const names = (): (string | null)[] =>
  [...root.querySelectorAll('.tile .visually-hidden')].map((name) => name.textContent)

test('heads are scored once, at a price that is said first, and each tile says its role in words', async () => {
  const held = engine.hold('ablation.heads')
  expect(names()).toHaveLength(6)
  const button = [...root.querySelectorAll('button')].find((one) => one.textContent?.includes('Find the role'))!
  // Twice what reading the same words without maps takes.
  expect(button.textContent).toContain('about 10 s')
  button.click()
  await settle()
  expect(held[0]!.input).toMatchObject({ modelId: 'model-a', maxWords: 10_000, split: 'test' })
  held[0]!.answer({ layers: 2, heads: 3, words: 9_990, patterns } as never)
  await settle()
  expect(names()).toEqual([
    'Layer 1, head 1, previous token, 90 %',
    'Layer 1, head 2, no clear role',
    'Layer 1, head 3, no clear role',
    'Layer 2, head 1, no clear role',
    'Layer 2, head 2, separators, 80 %',
    'Layer 2, head 3, no clear role'
  ])
  expect(root.textContent).toMatch(/Roles over 9,990 words/)
})

test('a click opens the head; Escape goes back to one head', async () => {
  const { settings } = useAttentionSettings()
  root.querySelectorAll<HTMLElement>('.tile')[4]!.click()
  await settle()
  expect(settings.tiles).toBe(false)
  expect(useSelectionStore()).toMatchObject({ layer: 2, head: 1 })
  settings.tiles = true
  await settle()
  expect(releaseNewest()).toBe(true)
  await settle()
  expect(root.querySelector('.tile')).toBeNull()
})

test('arrow keys move through the tiles', async () => {
  const grid = root.querySelector('[role="grid"]')!
  grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', bubbles: true, cancelable: true }))
  grid.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true, cancelable: true }))
  await settle()
  expect(root.querySelector('.tile[aria-selected="true"]')?.textContent).toContain('Layer 2, head 2')
})
