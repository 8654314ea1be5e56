// @vitest-environment happy-dom
import { defaultAdaptation } from '@shared/adaptMethods'
import type { FinetuneEstimate, FinetuneResult } from '@shared/finetune'
import { seededRandom } from '@shared/random'
import type { ListedResult } from '@shared/results'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import AdaptView from '@/modules/adapt/AdaptView.vue'
import { useAdaptStore } from '@/modules/adapt/adaptStore'
import { useKeptStore } from '@/stores/keptStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'
import { answered, modelInfo, sentenceRow } from '../fixtures'
import { answerAll, forgetAnswers, slowly, switchAtRandom, switchedData } from '../switching'

// Nothing is laid out here; the view gets a size.
vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(900), height: ref(600) }) }))

const models = ['model-a', 'model-b'].map((id) => modelInfo({ id, name: id, path: id, layers: 1, heads: 1 }))
const tasks = ['upos', 'deprel']
const methods = ['full', 'bitfit'] as const

/** Every combination has runs of two methods, each named after what it is of. */
const places = models.flatMap((model) => switchedData.flatMap((data) => tasks.map((task) => ({ model, data, task }))))
const runs = places.flatMap((place) => methods.map((method) => ({ ...place, method })))
const tagOf = ({ model, data, task }: (typeof places)[number]): string => `${model.id}/${data.id}/${task}`
const idOf = (run: (typeof runs)[number]): string => `${tagOf(run)}/${run.method}`.replaceAll('/', '-')

const listed = runs.map(
  (run): ListedResult =>
    ({
      id: idOf(run),
      kind: 'finetune',
      key: null,
      createdAt: '2026-11-20T10:00:00.000Z',
      name: '',
      subject: { model: run.model, data: run.data, task: { id: run.task, title: tagOf(run) } },
      summary: { backend: 'cpu', seconds: 1 },
      compute: null
    }) as unknown as ListedResult
)

function resultOf(run: (typeof runs)[number]): Partial<FinetuneResult> {
  const tag = tagOf(run)
  const epoch = { step: 0, heldOutLoss: 1, heldOutScore: 0.5 }
  return {
    id: idOf(run),
    model: { id: run.model.id, name: run.model.id, layers: 1 },
    dataset: { id: run.data.id, name: run.data.id, trainSplit: 'train', testSplit: 'test', heldOut: '' },
    task: { id: run.task, title: tag, unit: 'token', kind: 'class' },
    classes: [`${tag} first`, `${tag} second`],
    method: defaultAdaptation(run.method),
    settings: { seed: 1, epochs: 2, near: { kind: 'none' }, before: { kind: 'nothing' } } as FinetuneResult['settings'],
    measure: 'accuracy',
    score: 0.9,
    interval: null,
    majority: 0.1,
    trainSentences: 9,
    testItems: 9,
    steps: [{ step: 1, loss: 1, rates: { head: 1, model: 1 }, gradientNorm: 1, layerNorms: [1, 1, 1] }],
    epochs: [
      { ...epoch, epoch: 0, languageModelLoss: 1 },
      { ...epoch, epoch: 1, step: 1, languageModelLoss: 2 }
    ],
    movement: [{ layer: 0, weights: 0.1, cosine: 1, cka: 1 }],
    mix: null,
    predictions: [{ sentence: 0, word: 0, gold: 0, predicted: run.method === 'full' ? 0 : 1 }],
    trained: 1,
    parameters: 2,
    taskBytes: 4,
    checkpoint: null,
    notes: [`A note of ${tag}.`],
    backend: 'cpu',
    seconds: 1
  }
}

/** Updates that a training of that place is said to take: its number, which no other figure here has. */
const stepsOf = (tag: string): number => 4001 + places.findIndex((place) => tagOf(place) === tag)
const estimateOf = (tag: string): FinetuneEstimate => ({
  seconds: 1,
  memoryBytes: 1,
  diskBytes: 1,
  trained: 1,
  parameters: 2,
  taskBytes: 4,
  steps: stepsOf(tag),
  epochSteps: stepsOf(tag),
  stages: 1,
  strip: [{ from: 0, to: stepsOf(tag), rates: [1, 1, 1] }]
})

let app: App
let root: HTMLElement

beforeEach(async () => {
  forgetAnswers()
  engine.reset({
    'state.load': () => ({}),
    'state.save': () => null,
    'probe.list': () => [],
    'job.list': () => ({ jobs: [], notes: [] }),
    'job.cancel': () => null,
    'results.list': () => listed,
    'results.read': ({ id }) => {
      const run = runs.find((one) => idOf(one) === id)!
      return slowly({
        result: answered('finetune', resultOf(run) as FinetuneResult),
        record: null
      }) as unknown as Promise<never>
    },
    'finetune.estimate': ({ modelId, datasetId, task }) => slowly(estimateOf(`${modelId}/${datasetId}/${task}`)),
    'dataset.sentence': ({ datasetId }) => slowly(sentenceRow(0, [`word-of-${datasetId}`]))
  })
  root = document.createElement('div')
  document.body.append(root)
  setActivePinia(createPinia())
  Object.assign(useSessionStore(), { model: models[0], dataset: switchedData[0] })
  await useKeptStore().refresh()
  app = createApp({ render: () => h(TooltipProvider, () => h(AdaptView)) })
  app.mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

it.each([1, 2])('a run of another model, data set or task is never drawn (draw %i)', async (seed) => {
  const random = seededRandom(seed)
  const session = useSessionStore()
  const selection = useSelectionStore()
  const adapt = useAdaptStore()
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!
  const seen = new Set<string>()
  /** What is drawn, each with what it would be for what is open. */
  const drawn = (): [shown: string, right: string][] => {
    const tag = `${session.model!.id}/${session.dataset!.id}/${adapt.task!.id}`
    const all = (pattern: RegExp, right: string): [string, string][] =>
      [...root.innerHTML.matchAll(pattern)].map(([shown]) => [shown, right])
    return [
      ...all(/model-[ab]\/data-[ab]\/\w+/g, tag),
      ...all(/4,00\d updates/g, `${stepsOf(tag).toLocaleString('en')} updates`),
      ...all(/word-of-data-[ab]/g, `word-of-${session.dataset!.id}`)
    ]
  }
  const check = (step: number): void => {
    for (const [shown, right] of drawn()) {
      expect(shown, `step ${step}`).toBe(right)
      seen.add(shown)
    }
  }
  const switches = [
    () => (session.model = pick(models)),
    () => (session.dataset = pick(switchedData)),
    () => (selection.task = pick(tasks)),
    () => adapt.choose(pick(methods)),
    () => adapt.show(pick(adapt.runs).id)
  ]
  const placesSeen = (): number => [...seen].filter((shown) => shown.includes('/')).length
  await switchAtRandom(random, switches, { answers: 12, steps: 120, check, enough: () => placesSeen() > 3 })
  // Once all is answered, everything is there.
  await answerAll(check)
  expect(new Set(drawn().map(([shown]) => shown))).toHaveLength(3)
  expect(placesSeen()).toBeGreaterThan(3)
})
