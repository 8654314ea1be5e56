// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, ref, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { releaseNewest } from '@/composables/onEscape'
import AttentionView from '@/modules/attention/AttentionView.vue'
import { useAttentionSettings } from '@/stores/attentionSettings'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis, sentenceRow } from '../fixtures'

const element = vi.hoisted(() => ({ width: 1300 }))
// Nothing is laid out here; the view gets the size it has in a window.
vi.mock('@/composables/useElementSize', () => ({
  useElementSize: () => ({ width: ref(element.width), height: ref(700) })
}))

const words = ['She', 'reads', 'old', 'books']
const size = words.length + 2
let app: App | null = null
let root: HTMLElement

/** Everyone gives 0.5 to the next token, 0.3 to [CLS] and 0.2 to itself. */
function pattern(heads: number): Float32Array {
  const weights = new Float32Array(heads * size * size)
  for (let row = 0; row < heads * size; row++) {
    weights[row * size + ((row + 1) % size)]! += 0.5
    weights[row * size]! += 0.3
    weights[row * size + (row % size)]! += 0.2
  }
  return weights
}
async function mountView({ width = 1300, layer = 2 } = {}) {
  element.width = width
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSessionStore()
  session.model = modelInfo({ layers: 2, heads: 3 })
  const selection = useSelectionStore()
  selection.layer = layer
  selection.selectSentence({ kind: 'dataset', datasetId: 'd', split: 'test', index: 4 })
  app = createApp(AttentionView)
  app.use(pinia).mount(root)
  await settle()
  return { selection, session, settings: useAttentionSettings().settings }
}
const one = <E extends Element = HTMLElement>(selector: string): E => {
  const found = root.querySelector<E>(selector)
  if (!found) throw new Error(`There is no ${selector}.`)
  return found
}
const texts = (selector: string): string[] =>
  [...root.querySelectorAll(selector)].map((element) => element.textContent?.trim() ?? '')
async function press(selector: string, key: string): Promise<void> {
  one(selector).dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  await settle()
}
const option = '.lines .query [role="option"]'
const locked = (): string[] => texts('.lines [aria-selected="true"] .text')

beforeEach(() => {
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'sentence.analyze': () => sentenceAnalysis(words, 2, 3),
    'dataset.sentence': () => sentenceRow(4, words, { heads: [2, 0, 4, 2] }),
    'attention.head': () => ({ shape: [size, size], data: pattern(1) }),
    'attention.layer': () => ({ shape: [3, size, size], data: pattern(3) })
  }
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

describe('the attention view', () => {
  it('asks for a sentence where none is chosen', async () => {
    const { selection } = await mountView()
    selection.sentence = null
    await settle()
    expect(root.textContent).toContain('No sentence is chosen')
  })
  it('shows every head and fetches the chosen one alone', async () => {
    await mountView()
    expect(root.querySelectorAll('[role="gridcell"]')).toHaveLength(6)
    expect(engine.inputs('attention.head')).toMatchObject([{ layer: 2, head: 0 }])
    expect(engine.inputs('attention.layer')).toEqual([])
    expect(one('[role="gridcell"][aria-selected="true"]').getAttribute('aria-label')).toBe(
      'Layer 2, head 1, mean entropy 1.50 bits'
    )
  })
  it('leaves special tokens out and says what they took', async () => {
    await mountView()
    expect(texts(`${option} .text`)).toEqual(['she', 'reads', 'old', 'books'])
    // Of each word 0.3 goes to [CLS], and of "books" another 0.5 to [SEP]: (4 x 0.3 + 0.5) / 4.
    expect(texts('.mass .part').at(-1)).toBe('43 % on hidden [CLS], [SEP]')
  })
  it('chooses a head by click and by arrow keys, here and for all views', async () => {
    const { selection } = await mountView()
    one('[aria-label^="Layer 1, head 2"]').click()
    await settle()
    expect([selection.layer, selection.head]).toEqual([1, 1])
    expect(engine.inputs('attention.head').at(-1)).toMatchObject({ layer: 1, head: 1 })
    await press('[role="grid"]', 'ArrowDown')
    await press('[role="grid"]', 'ArrowRight')
    expect([selection.layer, selection.head]).toEqual([2, 2])
  })
  it('shows layer 1 beside the embedding, and says so', async () => {
    const { selection } = await mountView({ layer: 0 })
    expect(engine.inputs('attention.head')).toMatchObject([{ layer: 1 }])
    expect(root.textContent).toContain('Layer 0 is the embedding and has no attention; layer 1 is shown.')
    expect(selection.layer).toBe(0)
  })
})

describe('the token in focus', () => {
  it('is the word that was selected anywhere', async () => {
    const { selection } = await mountView()
    selection.word = 2
    await settle()
    expect(locked()).toEqual(['old'])
    expect(texts('.tokens caption')).toEqual(['“old” attends to'])
    // old: 0.5 to books, 0.2 to itself; [CLS] is hidden.
    expect(texts('.tokens tbody tr').slice(0, 2)).toEqual(['books40.500', 'old30.200'])
    selection.word = null
    await settle()
    expect(locked()).toEqual([])
  })
  it('is locked by the keyboard, and let go by Escape', async () => {
    const { selection } = await mountView()
    await press('.lines .query', 'ArrowDown')
    expect(selection.hoveredWord).toBe(0)
    expect(selection.word).toBeNull()
    await press('.lines .query', 'ArrowDown')
    await press('.lines .query', 'Enter')
    expect(selection.word).toBe(1)
    expect(locked()).toEqual(['reads'])
    releaseNewest()
    await settle()
    expect(selection.word).toBeNull()
    expect(locked()).toEqual([])
  })
  it('turns round with the direction', async () => {
    const { selection, settings } = await mountView()
    selection.word = 2
    await settle()
    const turn = [...root.querySelectorAll('.toolbar button')].find(
      (button) => button.textContent?.trim() === 'Attended by'
    ) as HTMLElement
    turn.click()
    await settle()
    expect(settings.direction).toBe('key')
    expect(texts('.tokens caption')).toEqual(['“old” is attended by'])
    expect(texts('.tokens tbody tr')[0]).toBe('reads20.500')
  })
  it('follows what is hovered elsewhere', async () => {
    const { selection } = await mountView()
    selection.hoveredWord = 3
    await settle()
    expect(texts('.tokens caption')).toEqual(['“books” attends to'])
    selection.hoveredWord = null
    await settle()
    expect(texts('.tokens caption')).toEqual(['Most attended, on average'])
  })
  it("is let go with the sentence, and the new sentence's word taken", async () => {
    const { selection } = await mountView()
    selection.word = 2
    await settle()
    engine.answers['sentence.analyze'] = () => sentenceAnalysis(['It', 'rains', 'now', '!'], 2, 3)
    selection.selectSentence({ kind: 'text', text: 'It rains now !' }, 1)
    await settle()
    expect(locked()).toEqual(['rains'])
  })
})

describe('all heads of a layer', () => {
  it('are fetched at once and switched by their squares, never the last one', async () => {
    const { settings } = await mountView()
    settings.heads = 'overlay'
    await settle()
    expect(engine.inputs('attention.layer')).toMatchObject([{ layer: 2 }])
    const pressed = (): string[] => texts('.strip [aria-pressed="true"]')
    expect(pressed()).toEqual(['1', '2', '3'])
    one('.strip [aria-label="Head 2"]').click()
    await settle()
    expect(pressed()).toEqual(['1', '3'])
    one('.strip [aria-label="Head 1"]').dispatchEvent(new MouseEvent('dblclick', { bubbles: true }))
    await settle()
    expect(pressed()).toEqual(['1'])
    one('.strip [aria-label="Head 1"]').click()
    await settle()
    expect(pressed()).toEqual(['1'])
    expect(engine.inputs('attention.layer')).toHaveLength(1)
  })
})

describe('room', () => {
  it('for both forms shows both, otherwise the chosen one', async () => {
    const { settings } = await mountView({ width: 1300 })
    expect([root.querySelectorAll('.lines'), root.querySelectorAll('.matrix')].map((list) => list.length)).toEqual([
      1, 1
    ])
    app!.unmount()
    await mountView({ width: 680 })
    expect([root.querySelectorAll('.lines'), root.querySelectorAll('.matrix')].map((list) => list.length)).toEqual([
      1, 0
    ])
    settings.form = 'lines'
  })
})

it('what went wrong is shown where the map would be', async () => {
  engine.answers['attention.head'] = () =>
    Promise.reject(new Error('The engine stopped while it was asked; try again.'))
  await mountView()
  expect(one('[role="alert"]').textContent).toBe('The engine stopped while it was asked; try again.')
})
