// @vitest-environment happy-dom
import { similarityMeasureNames } from '@shared/compare'
import { seededRandom } from '@shared/random'
import { createPinia, setActivePinia } from 'pinia'
import { TooltipProvider } from 'reka-ui'
import { createApp, h, ref, type App } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import CompareCka from '@/modules/compare/CompareCka.vue'
import { useCompareModels } from '@/modules/compare/compareModels'
import { useCompareSettings } from '@/modules/compare/compareSettings'
import { useSessionStore } from '@/stores/sessionStore'
import { engine } from '../engine'
import { answered, modelInfo } from '../fixtures'
import { forgetAnswers, slowly, switchAtRandom, switchedData } from '../switching'

// Nothing is laid out here; the map gets a size.
vi.mock('@/composables/useElementSize', () => ({ useElementSize: () => ({ width: ref(900), height: ref(600) }) }))

const models = ['model-a', 'model-b'].map((id) => modelInfo({ id, name: id, path: id, layers: 1, heads: 1 }))

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
    'model.open': ({ path }) => models.find(({ id }) => id === path)!,
    'compare.estimate': () => ({ words: 9, subwords: 9, seconds: 1, memoryBytes: 1, diskBytes: 1, cached: false }),
    'compare.cka': ({ modelA, modelB, datasetId, split, pool, estimator, seed }) => {
      const named = (id: string) => ({ id, name: id, layers: 1 })
      const answer = answered('cka', {
        modelA: named(modelA),
        modelB: named(modelB),
        // What is drawn says by itself what it is of.
        dataset: { id: datasetId, name: datasetId, split: `${modelA}/${modelB}/${datasetId}/${estimator}/${split}` },
        pool,
        estimator,
        seed,
        words: 9,
        available: 9,
        values: { shape: [2, 2], data: new Float32Array(4) },
        seconds: 1,
        backend: 'cpu'
      })
      return slowly(answer)
    }
  })
  root = document.createElement('div')
  document.body.append(root)
  setActivePinia(createPinia())
  Object.assign(useSessionStore(), { model: models[0], dataset: switchedData[0] })
  const compared = useCompareModels()
  for (const { path } of models) await compared.add(path)
  app = createApp({ render: () => h(TooltipProvider, () => h(CompareCka, { height: 400 })) })
  app.mount(root)
})
afterEach(() => {
  app.unmount()
  document.body.replaceChildren()
})

it.each([1, 2])('similarities of other models, data or by another measure are never drawn (draw %i)', async (seed) => {
  const random = seededRandom(seed)
  const session = useSessionStore()
  const settings = useCompareSettings()
  const compared = useCompareModels()
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!
  const seen = new Set<string>()
  const check = (step: number): void => {
    const first = session.model!.id
    const second = compared.models.find(({ id }) => id !== first)!.id
    const right = `${first}/${second}/${session.dataset!.id}/${settings.estimator}`
    for (const [shown] of root.innerHTML.matchAll(/model-[ab]\/model-[ab]\/data-[ab]\/[a-z]+/g)) {
      expect(shown, `step ${step}`).toBe(right)
      seen.add(shown)
    }
  }
  const switches = [
    () => (session.model = pick(models)),
    () => (session.dataset = pick(switchedData)),
    () => (settings.estimator = pick(similarityMeasureNames))
  ]
  await switchAtRandom(random, switches, { answers: 5, steps: 80, check, enough: () => seen.size > 5 })
  expect(seen.size).toBeGreaterThan(5)
})
