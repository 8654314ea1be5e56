// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { createApp, ref, type App } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { SentenceInside } from '@shared/inside'
import type { ModelInfo, ValueInfo } from '@shared/model'
import { seededRandom } from '@shared/random'
import AttentionView from '@/modules/attention/AttentionView.vue'
import { picturesOf, withoutMaps } from '@/modules/attention/insidePictures'
import { attentionModule } from '@/modules/attention/module'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { modelInfo, sentenceAnalysis, sentenceRow, transformerValues } from '../fixtures'

// Nothing is laid out here; the view gets the size it has in a window.
vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(1000), height: ref(700) }) }))

const words = ['She', 'reads', 'books']
const count = words.length + 2

function values(kind: ValueInfo['kind'], names: readonly string[], columns = 8): ValueInfo[] {
  return [0, 1].flatMap((block) =>
    names.map((name): ValueInfo => ({
      name: `blocks.${block}.${name}`,
      kind,
      layer: block + 1,
      shape: ['tokens', columns]
    }))
  )
}
const hidden = transformerValues(2, 0, 8).filter(({ kind }) => kind === 'hidden')
const lstm = ['forward', 'backward'].flatMap((side) => ['i', 'f', 'g', 'o', 'c', 'h'].map((at) => `lstm.${side}.${at}`))
const elmo = modelInfo({
  id: 'elmo',
  kind: 'recurrent',
  name: 'elmo',
  familyTitle: 'ELMo',
  layers: 2,
  heads: 0,
  values: [...hidden, ...values('gate', lstm)]
})
const mixture = modelInfo({
  id: 'mixture',
  name: 'mixture',
  familyTitle: 'Mixtral',
  layers: 2,
  heads: 3,
  values: [...transformerValues(2, 3, 8), ...values('router', ['mlp.router_weights'], 4)]
})
const flair = modelInfo({ id: 'flair', kind: 'recurrent', familyTitle: 'Flair', layers: 2, heads: 0, values: hidden })

/** Every number of a model says which model, value, layer and token it is of. */
function insideOf(model: ModelInfo): SentenceInside {
  const { tokens } = sentenceAnalysis(words, 2, 3)
  const own = { elmo: 100, mixture: 200, flair: 300 }[model.id]!
  const rows = (layers: number[], add: number) =>
    Float32Array.from(layers.flatMap((layer) => tokens.map((_, t) => own + add + layer * 10 + t)))
  const sites = model.id === 'elmo' ? lstm.filter((site) => !site.endsWith('.h')) : []
  return {
    tokens,
    series: [
      ...sites.map((site, s) => ({
        kind: site.endsWith('.c') ? ('state' as const) : ('gate' as const),
        site,
        layers: [1, 2],
        values: { shape: [2, count], data: rows([1, 2], s / 100) }
      })),
      { kind: 'hidden', site: 'hidden', layers: [0, 1, 2], values: { shape: [3, count], data: rows([0, 1, 2], 0) } }
    ],
    routing:
      model.id === 'mixture'
        ? [1, 2].map((layer) => ({
            site: 'mlp.router_weights',
            layer,
            weights: {
              shape: [count, 4],
              // Two experts a token: the layer's own with 3/4, the next with 1/4.
              data: Float32Array.from({ length: count * 4 }, (_, i) => [0.75, 0.25, 0, 0][((i % 4) + 4 - layer) % 4]!)
            }
          }))
        : []
  }
}

const models = [elmo, mixture, flair]
let app: App | null = null
let root: HTMLElement

async function mountView(model: ModelInfo) {
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  const session = useSessionStore()
  session.model = model
  const selection = useSelectionStore()
  selection.layer = 1
  selection.selectSentence({ kind: 'dataset', datasetId: 'd', split: 'test', index: 4 })
  app = createApp(AttentionView)
  app.use(pinia).mount(root)
  await settle()
  return { session, selection }
}
const picture = (): Element | null => root.querySelector('.inside svg[role="img"]')
const told = (): string[] => [...root.querySelectorAll('.inside svg title')].map(({ textContent }) => textContent ?? '')
async function press(name: string): Promise<void> {
  const button = [...root.querySelectorAll<HTMLElement>('button')].find(
    ({ textContent }) => textContent?.trim() === name
  )
  if (!button) throw new Error(`There is no ${name}.`)
  button.click()
  await settle()
}

beforeEach(() => {
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  const size = count * count
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'sentence.analyze': () => sentenceAnalysis(words, 2, 3),
    'dataset.sentence': () => sentenceRow(4, words),
    'attention.head': () => ({ shape: [count, count], data: new Float32Array(size).fill(1 / count) }),
    'sentence.inside': ({ modelId }) => insideOf(models.find(({ id }) => id === modelId)!)
  }
})
afterEach(() => {
  app?.unmount()
  document.body.replaceChildren()
})

describe('which pictures there are', () => {
  it('follows the values of the model', () => {
    expect(models.map((model) => picturesOf(model).map(({ value }) => value))).toEqual([
      ['gates', 'states'],
      ['maps', 'experts'],
      ['states']
    ])
    expect(picturesOf(modelInfo()).map(({ value }) => value)).toEqual(['maps'])
  })
  it('is said in one sentence where there are no maps', () => {
    expect(withoutMaps(elmo)).toBe(
      'ELMo has no attention, so it has no maps; shown instead: its gates and the norms of its states.'
    )
    expect(withoutMaps(flair)).toBe(
      'Flair has no attention, so it has no maps; shown instead: the norms of its states.'
    )
    expect(withoutMaps(mixture)).toBe('')
  })
  it('is never empty for a model that reads sentences; word vectors do not', () => {
    const applies = (model: ModelInfo): boolean => attentionModule.appliesTo(model, null)
    expect([...models.map(applies), applies(modelInfo({ kind: 'static', layers: 0, values: [] }))]).toEqual([
      true,
      true,
      true,
      false
    ])
  })
})

describe('gates and states', () => {
  it('are drawn by layer and token, a direction at a time', async () => {
    await mountView(elmo)
    expect(picture()?.getAttribute('aria-label')).toBe('input gate, forward by layer and token, mean magnitude')
    // The top layer first; `i` of the forward direction is the first value.
    expect(told().slice(0, count)).toEqual(
      ['[CLS]', 'she', 'reads', 'books', '[SEP]'].map(
        (token, t) => `Layer 2 at ${token}: input gate, forward ${120 + t}`
      )
    )
    await press('Backward')
    expect(picture()?.getAttribute('aria-label')).toBe('input gate, backward by layer and token, mean magnitude')
    await press('States')
    expect(picture()?.getAttribute('aria-label')).toMatch(/^cell, (back|for)ward by layer and token, norm$/)
  })
  it('mark the chosen word and choose one by click', async () => {
    const { selection } = await mountView(elmo)
    selection.word = 1
    await settle()
    const marked = [...root.querySelectorAll('.inside rect[stroke="var(--mark)"] title')]
    expect(marked.map(({ textContent }) => textContent)).toEqual(['Layer 1 at reads: input gate, forward 112'])
  })
})

describe('experts', () => {
  it('are shown beside the maps: one layer with weights, all layers by number', async () => {
    await mountView(mixture)
    expect(picture()).toBeNull()
    await press('Experts')
    expect(picture()?.getAttribute('aria-label')).toBe('experts of layer 1 by token, weights')
    expect(told().filter((text) => text.includes('at reads'))).toEqual([
      'Expert 1 at reads: not used',
      'Expert 2 at reads: weight 0.750',
      'Expert 3 at reads: weight 0.250',
      'Expert 4 at reads: not used'
    ])
    await press('All layers')
    expect(told().filter((text) => text.includes('at reads'))).toEqual([
      'Layer 2 at reads: expert 3 0.750, expert 4 0.250',
      'Layer 1 at reads: expert 2 0.750, expert 3 0.250'
    ])
  })
})

it('shows nothing of another model, however models are switched', async () => {
  const { session } = await mountView(elmo)
  const held = engine.hold('sentence.inside')
  const random = seededRandom(5)
  let compared = 0
  for (let step = 0; step < 24; step++) {
    if (random.integer(2) === 0) {
      session.model = models[random.integer(models.length)]!
    } else if (held.length) {
      const [call] = held.splice(random.integer(held.length), 1)
      call!.answer(insideOf(models.find(({ id }) => id === call!.input.modelId)!))
    }
    await settle()
    const own = { elmo: 1, mixture: 2, flair: 3 }[session.model!.id]
    for (const text of told().filter((title) => title.startsWith('Layer'))) {
      compared++
      expect([step, session.model!.id, text]).toEqual([
        step,
        session.model!.id,
        expect.stringMatching(` ${own}\\d\\d$`)
      ])
    }
  }
  expect(compared).toBeGreaterThan(50)
})
