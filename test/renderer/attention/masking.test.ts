// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import AttentionView from '@/modules/attention/AttentionView.vue'
import { pairLinks } from '@/modules/attention/pairFilter'
import { useAnalysisStore } from '@/stores/analysisStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis } from '../fixtures'

vi.mock('@/composables/useElementSize', () => ({
  useElementSize: () => ({ width: ref(1300), height: ref(700) })
}))

const words = ['She', 'reads', 'old', 'books']
let app: App | null = null
let root: HTMLElement

beforeEach(async () => {
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'sentence.analyze': ({ sentence }) => {
      const analysis = sentenceAnalysis(words, 2, 3)
      for (const place of sentence.masked ?? [])
        Object.assign(analysis.tokens[place]!, { text: '[MASK]', masked: 'token' })
      return analysis
    },
    'attention.head': () => ({ shape: [6, 6], data: new Float32Array(36).fill(1 / 6) }),
    'sentence.guesses': ({ places }) =>
      places.map((place) => ({
        place,
        guesses: [{ text: 'new', probability: 0.5 }],
        actual: { text: 'old', probability: 0.125, rank: 2 }
      }))
  }
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  useSessionStore().model = modelInfo({ layers: 2, heads: 3, head: true })
  useSelectionStore().selectSentence({ kind: 'text', text: words.join(' ') })
  app = createApp(AttentionView)
  app.use(pinia).mount(root)
  await settle()
})
afterEach(() => {
  app?.unmount()
  root.remove()
})

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) {
    root
      .querySelector('.lines .query')!
      .dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
    await settle()
  }
}

test('M masks the token in focus: attention and guesses are requested again; a second time takes it back', async () => {
  const selection = useSelectionStore()
  // Special tokens are hidden: the third unit is the fourth token.
  await press('ArrowDown', 'ArrowDown', 'ArrowDown', 'm')
  expect(selection.sentence).toMatchObject({ masked: [3] })
  expect(engine.inputs('sentence.analyze').at(-1)!.sentence).toMatchObject({ masked: [3] })
  expect(engine.inputs('attention.head').at(-1)!.sentence).toMatchObject({ masked: [3] })
  expect(root.querySelector('.lines .masked')?.textContent).toContain('[MASK]')
  expect(root.querySelector('[aria-label="Masked tokens"]')?.textContent).toMatch(
    /“old” masked.*old → new 50 %; in the text: old, 13 %, rank 2/s
  )
  await press('m')
  expect(selection.sentence?.masked).toBeUndefined()
  expect(root.querySelector('[aria-label="Masked tokens"]')).toBeNull()
})

test('the view stays while the next reading comes, and masks are dropped with another tokenizer', async () => {
  await press('ArrowDown', 'm')
  const held = engine.hold('sentence.analyze')
  await press('ArrowDown', 'm')
  expect(useSelectionStore().sentence?.masked).toEqual([1, 2])
  expect(held).toHaveLength(1)
  expect(root.querySelector('.lines .query'), 'the list keeps the focus').not.toBeNull()
  expect(useAnalysisStore().reading, 'no reading of other masks counts as this one').toBeNull()
  const session = useSessionStore()
  session.model = modelInfo({ id: 'model-b', layers: 2, heads: 3, vocabulary: 8000, spelling: 'bytes' })
  expect(useSelectionStore().sentence?.masked).toBeUndefined()
})

test('the filter of a pair leaves links from one sentence to the other; special tokens are of neither', () => {
  const units = [{}, { part: 0 as const }, {}, { part: 1 as const }]
  expect(pairLinks(units, 'AB')).toEqual({
    query: [false, true, false, false],
    key: [false, false, false, true]
  })
  expect(pairLinks(units, 'all')).toBeNull()
  expect(pairLinks([{}, {}], 'AB'), 'a single sentence').toBeNull()
})
