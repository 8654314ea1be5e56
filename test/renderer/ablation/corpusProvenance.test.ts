// @vitest-environment happy-dom
import type { AblationCorpusInfo, MeasureInfo } from '@shared/ablation'
import { seededRandom } from '@shared/random'
import type { SentenceRef } from '@shared/sentence'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, nextTick, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import AblationCorpus from '@/modules/ablation/AblationCorpus.vue'
import AblationExperts from '@/modules/ablation/AblationExperts.vue'
import AblationHeads from '@/modules/ablation/AblationHeads.vue'
import AblationLens from '@/modules/ablation/AblationLens.vue'
import AblationMap from '@/modules/ablation/AblationMap.vue'
import AblationNeurons from '@/modules/ablation/AblationNeurons.vue'
import AblationPatching from '@/modules/ablation/AblationPatching.vue'
import EffectHead from '@/modules/ablation/EffectHead.vue'
import EffectLayers from '@/modules/ablation/EffectLayers.vue'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { answered, modelInfo, sentenceAnalysis } from '../fixtures'
import { answerAll, forgetAnswers, slowly, switchAtRandom, switchedData } from '../switching'

// Nothing is laid out here; every part gets a size.
vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(900), height: ref(600) }) }))

const models = ['model-a', 'model-b'].map((id) => modelInfo({ id, name: id, layers: 1, heads: 1, head: true }))
const splits = ['train', 'test']
const sentences = ['s1', 's2']

const measure: MeasureInfo = { id: 'movement', title: 'Change', unit: 'distance', better: 'lower' }
const effect = { value: 0, difference: 0, interval: [0, 0] as [number, number] }
const tensor = (...shape: number[]) => ({
  shape,
  data: new Float32Array(shape.reduce((product, size) => product * size, 1))
})

/** The split of each answer says of which model, data and split it is. */
function corpusOf(asked: { modelId: string; datasetId: string; split: string }): AblationCorpusInfo {
  const split = `${asked.modelId}/${asked.datasetId}/${asked.split}`
  return { modelName: asked.modelId, datasetName: asked.datasetId, split, sentences: 1, words: 9 }
}
const readingOf = (modelId: string, sentence: SentenceRef): string =>
  `${modelId}.${sentence.kind === 'text' ? sentence.text : ''}`

let app: App
let root: HTMLElement

beforeEach(() => {
  forgetAnswers()
  const curves = { ...measure, plain: 0, top: [effect, effect], bottom: [effect, effect], random: [] }
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'probe.list': () => [],
    'sets.list': () => [],
    'job.list': () => ({ jobs: [], notes: [] }),
    'job.cancel': () => null,
    'sentence.analyze': () => slowly(sentenceAnalysis(['one'], 1, 1)),
    'ablation.scan': (asked) =>
      slowly(
        answered('scan', {
          ...corpusOf(asked),
          kind: 'head',
          edit: 'Zero',
          units: [],
          measures: [{ ...measure, plain: 0, effects: [] }],
          seconds: 1
        })
      ),
    'ablation.heads': (asked) => {
      const pattern = { id: 'previous', title: corpusOf(asked).split, queries: 1, baseline: null, scores: [0.5] }
      return slowly(answered('heads', { layers: 1, heads: 1, words: 9, patterns: [pattern] }))
    },
    'ablation.experts': (asked) => {
      const load = { site: 'mlp.router_weights', layer: 1, experts: 1, shares: [[1]], expected: [1] }
      const byChance = { farthestByChance: [0], information: 0, informationByChance: 0 }
      const classes = [{ name: corpusOf(asked).split, words: 9 }]
      const label = { id: 'upos', title: 'Universal part of speech' }
      const layers = [{ ...load, ...byChance }]
      return slowly(answered('experts', { ...corpusOf(asked), label, classes, shuffles: 20, layers }))
    },
    'ablation.neurons': (asked) =>
      slowly(
        answered('neurons', {
          ...corpusOf(asked),
          task: 'upos',
          site: 'resid',
          layer: 1,
          at: 'blocks.0.resid_post',
          neurons: 1,
          edit: 'Zero',
          trainWords: 9,
          order: [0],
          mass: [1],
          probe: { accuracy: 1, nonZero: 1, weights: 1, converged: true },
          classes: [],
          counts: [0, 1],
          inProbe: curves,
          inModel: [],
          seconds: 1
        })
      ),
    'ablation.map': (asked) => {
      const parts = ['head', 'attention', 'mlp', 'block'] as const
      const column = { ...measure, plain: 0, beyondRandom: parts.map(() => null), random: [[effect]] }
      return slowly(
        answered('taskMap', {
          ...corpusOf(asked),
          layers: 1,
          heads: 1,
          edit: 'Zero',
          units: parts.map((kind) => ({ kind, block: 0, head: kind === 'head' ? 0 : null })),
          columns: [{ ...column, effects: parts.map(() => effect) }],
          found: 0,
          seconds: 1
        })
      )
    },
    'ablation.change': (asked) =>
      slowly(
        answered('change', {
          ...corpusOf(asked),
          movement: [],
          similarity: [],
          similarityTokens: 9,
          attention: { value: tensor(1, 1), low: tensor(1, 1), high: tensor(1, 1), random: tensor(0, 1, 1) },
          seconds: 1
        })
      ),
    'ablation.set': (asked) =>
      slowly(
        answered('ablationSet', {
          ...corpusOf(asked),
          measures: [{ ...measure, plain: 0, effect, random: [] }],
          seconds: 1
        })
      ),
    'ablation.lens': ({ modelId, sentence }) =>
      slowly(
        answered('lens', {
          tokens: ['[CLS]', 'one', '[SEP]'],
          best: [0, 1].map(() =>
            Array.from({ length: 3 }, () => ({ text: readingOf(modelId, sentence), probability: 0.5 }))
          ),
          watched: []
        })
      ),
    'ablation.patch': ({ modelId }) => {
      const tokens = [`patched-${modelId}`, '.']
      return slowly(
        answered('patch', { kind: 'resid', tokens, sourceTokens: tokens, plain: 0, source: 1, restored: tensor(2, 2) })
      )
    }
  }
  root = document.createElement('div')
  document.body.append(root)
  setActivePinia(createPinia())
  const session = useSessionStore()
  Object.assign(session, { model: models[0], dataset: switchedData[0], split: 'train' })
  const request = () => ({
    modelId: session.model!.id,
    datasetId: session.dataset!.id,
    interventions: [{ at: 'blocks.0.attn.result' as const, heads: [0], edit: { kind: 'zero' as const } }],
    randomSets: 0,
    seed: 1
  })
  const part = () => ({ request: request(), split: session.split, maxWords: 300 })
  app = createApp({
    render: () =>
      h(TooltipProvider, () => [
        h(AblationCorpus, { hasHead: true }),
        h(AblationHeads),
        h(AblationExperts),
        h(AblationMap, { hasHead: true }),
        h(AblationNeurons),
        h(EffectLayers, { ...part(), lastLayer: 1 }),
        h(EffectHead, part()),
        h(AblationLens),
        h(AblationPatching, { key: session.model!.id, masked: true })
      ])
  })
  app.mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

const button = (name: string): HTMLButtonElement =>
  [...root.querySelectorAll('button')].find(({ textContent }) => textContent.trim() === name)!

it.each([1, 2])('a number of another model, data set, split or sentence is never drawn (draw %i)', async (seed) => {
  const random = seededRandom(seed)
  const session = useSessionStore()
  const selection = useSelectionStore()
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!
  selection.selectSentence({ kind: 'text', text: 's1' }, 0)
  await nextTick()
  const seen = new Set<string>()
  /** What is drawn, each with what it would be for what is open. */
  const drawn = (): [shown: string, right: string][] => {
    const { model, dataset, split } = session
    const all = (pattern: RegExp, right: string): [string, string][] =>
      [...root.innerHTML.matchAll(pattern)].map(([shown]) => [shown, right])
    return [
      ...all(/model-[ab]\/data-[ab]\/\w+/g, `${model!.id}/${dataset!.id}/${split}`),
      ...all(/model-[ab]\.s\d/g, readingOf(model!.id, selection.sentence!)),
      ...all(/patched-model-[ab]/g, `patched-${model!.id}`)
    ]
  }
  const check = (step: number): void => {
    for (const [shown, right] of drawn()) {
      expect(shown, `step ${step}`).toBe(right)
      seen.add(shown)
    }
  }
  const presses = [
    'Scan',
    'Score every head',
    'Count experts',
    'Rank and prune',
    'Map every part',
    'Measure',
    'Measure predictions',
    'Patch'
  ].map((name) => () => void button(name)?.click())
  const switches = [
    () => (session.model = pick(models)),
    () => (session.dataset = pick(switchedData)),
    () => (session.split = pick(splits)),
    () => selection.selectSentence({ kind: 'text', text: pick(sentences) }, 0),
    ...[...presses, ...presses]
  ]
  const partsSeen = (): number => [...seen].filter((shown) => shown.includes('/')).length
  await switchAtRandom(random, switches, { answers: 8, steps: 90, check, enough: () => partsSeen() > 3 })
  // Once all is asked for and answered, everything is there.
  for (const press of presses) press()
  await settle()
  await answerAll(check)
  expect(drawn().length).toBeGreaterThan(10)
  expect(root.textContent).toContain('Zero in place of one part at a time, on 9 words of model-')
  expect(partsSeen()).toBeGreaterThan(3)
})
