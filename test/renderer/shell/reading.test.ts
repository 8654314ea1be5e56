// @vitest-environment happy-dom
import type { SentenceEffect } from '@shared/ablation'
import { seededRandom } from '@shared/random'
import type { SentenceAnalysis, SentenceRef } from '@shared/sentence'
import { createPinia, setActivePinia } from 'pinia'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import AblationView from '@/modules/ablation/AblationView.vue'
import AttentionView from '@/modules/attention/AttentionView.vue'
import InspectorPanel from '@/shell/InspectorPanel.vue'
import LayerRail from '@/shell/LayerRail.vue'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { answered, modelInfo, sentenceAnalysis } from '../fixtures'

// Nothing is laid out here; every part gets a size.
vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(900), height: ref(600) }) }))

const layers = 2
const heads = 3
const models = ['model-a', 'model-b'].map((id) => modelInfo({ id, layers, heads }))
const sentences = ['s1', 's2', 's3']

/** Every number and word of an answer says of which model and sentence it is. */
interface Origin {
  name: string
  code: number
}
function originOf(modelId: string, sentence: SentenceRef): Origin {
  const text = sentence.kind === 'text' ? sentence.text : ''
  const code = 10 * (1 + models.findIndex(({ id }) => id === modelId)) + sentences.indexOf(text)
  return { name: `${modelId}/${text}`, code }
}
const wordsOf = ({ name }: Origin): string[] => [`${name}/first`, `${name}/second`]
const tokenCount = 4

function analysisOf(origin: Origin): SentenceAnalysis {
  const analysis = sentenceAnalysis(wordsOf(origin), layers, heads)
  analysis.movement.data.fill(origin.code / 1000)
  analysis.entropy.data.fill(origin.code / 100)
  return analysis
}
function mapOf({ code }: Origin, layer: number, head: number): Float32Array {
  return new Float32Array(tokenCount * tokenCount).fill(code / 100 + layer / 1000 + head / 10000)
}
function effectOf(origin: Origin): SentenceEffect {
  return {
    tokens: ['[CLS]', ...wordsOf(origin), '[SEP]'],
    words: wordsOf(origin),
    movement: {
      shape: [layers + 1, tokenCount],
      data: new Float32Array((layers + 1) * tokenCount).fill(origin.code / 1000)
    },
    attentionChange: { shape: [layers, heads], data: new Float32Array(layers * heads).fill(origin.code / 100) },
    guesses: null,
    readings: [],
    milliseconds: origin.code
  }
}

let app: App
let root: HTMLElement
/** Answers under way, in the order they were asked for. */
const underway: (() => void)[] = []
const slowly = <T>(answer: T): Promise<T> => new Promise((resolve) => underway.push(() => resolve(answer)))

beforeEach(() => {
  underway.length = 0
  Object.defineProperty(document, 'fonts', { configurable: true, value: new EventTarget() })
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'probe.list': () => [],
    'sets.list': () => [],
    'sentence.analyze': ({ modelId, sentence }) => slowly(analysisOf(originOf(modelId, sentence))),
    'attention.head': ({ modelId, sentence, layer, head }) =>
      slowly({ shape: [tokenCount, tokenCount], data: mapOf(originOf(modelId, sentence), layer, head) }),
    'ablation.sentence': ({ modelId, sentence }) => slowly(answered('sentence', effectOf(originOf(modelId, sentence))))
  }
  root = document.createElement('div')
  document.body.append(root)
  const pinia = createPinia()
  setActivePinia(pinia)
  app = createApp({
    render: () => [
      h(AttentionView),
      h(AblationView),
      h(InspectorPanel, { started: true }),
      h(LayerRail, { playing: false })
    ]
  })
  app.use(pinia).mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

/** What is drawn, each with what it would be for the origin that is chosen. */
function drawn({ name, code }: Origin, layer: number, head: number): { shown: string; right: string }[] {
  const html = root.innerHTML
  const all = (pattern: RegExp, right: string): { shown: string; right: string }[] =>
    [...html.matchAll(pattern)].map((match) => ({ shown: match[1]!, right }))
  const entropy = (code / 100).toFixed(2)
  const weight = ((code / 100 + layer / 1000 + head / 10000) * 100).toFixed(1)
  return [
    ...all(/(model-[ab]\/s\d)/g, name),
    ...all(/cosine distance ([\d.]+)/g, (code / 1000).toFixed(3)),
    ...all(/moved by (\d\.\d\d)\b/g, (code / 1000).toFixed(2)),
    ...all(/moved by (\d\.\d\d\d)\b/g, (code / 1000).toFixed(3)),
    ...all(/mean entropy ([\d.]+) bits/g, entropy),
    ...all(/Entropy ([\d.]+) of/g, entropy),
    ...all(/attention changed by (\d+) %/g, String(code)),
    ...all(/took\s+(\d+) ms/g, String(code)),
    ...[...root.querySelectorAll('.target .weight')].map((element) => ({
      shown: element.textContent,
      right: `${weight} %`
    }))
  ]
}

it.each([1, 2])('nothing is drawn of another model or sentence than the chosen ones (draw %i)', async (seed) => {
  const random = seededRandom(seed)
  const session = useSessionStore()
  const selection = useSelectionStore()
  session.model = models[0]!
  selection.layer = 1
  selection.head = 0
  selection.selectSentence({ kind: 'text', text: 's1' }, 0)
  await nextTick()
  const seen = new Set<string>()
  const actions = [
    () => (session.model = models[random.integer(models.length)]!),
    () =>
      selection.selectSentence({ kind: 'text', text: sentences[random.integer(sentences.length)]! }, random.integer(2)),
    () => (selection.head = random.integer(heads)),
    () => (selection.layer = 1 + random.integer(layers)),
    ...Array.from({ length: 4 }, () => () => underway.splice(random.integer(underway.length), 1)[0]?.())
  ]
  for (let step = 0; step < 80; step++) {
    actions[random.integer(actions.length)]!()
    for (const wait of [nextTick, settle]) {
      await wait()
      const origin = originOf(session.model.id, selection.sentence!)
      for (const { shown, right } of drawn(origin, selection.layer, selection.head)) {
        expect(shown, `step ${step}: ${origin.name} is chosen`).toBe(right)
        seen.add(shown)
      }
    }
  }
  // Once all is answered, everything is there.
  while (underway.length) {
    underway.shift()!()
    await settle()
  }
  const origin = originOf(session.model.id, selection.sentence!)
  expect(drawn(origin, selection.layer, selection.head).length).toBeGreaterThan(15)
  expect([...seen].filter((shown) => shown.startsWith('model-')).length).toBeGreaterThan(3)
})
