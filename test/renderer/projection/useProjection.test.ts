// @vitest-environment happy-dom
import type { CallParsed } from '@shared/contract'
import type { CustomAxes } from '@shared/projection/customAxes'
import { seededRandom } from '@shared/random'
import { tensorData } from '@shared/tensorData'
import { createPinia, setActivePinia } from 'pinia'
import { computed, effectScope } from 'vue'
import { beforeEach, expect, it, vi } from 'vitest'
import type { LayoutTask } from '@/modules/projection/layoutMessages'
import type { LayoutRunner } from '@/modules/projection/layoutRunner'
import { usePoints } from '@/modules/projection/usePoints'
import { useProjectionSettings } from '@/modules/projection/projectionSettings'
import { useProjection } from '@/modules/projection/useProjection'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { engine, settle } from '../engine'
import { answered, datasetInfo, modelInfo } from '../fixtures'

/** The layout that was started last, moved when the test says so. */
let started: (LayoutTask | string)[] = []
let move: (epoch: number, positions: Float32Array) => void = () => undefined
vi.mock('@/modules/projection/layoutRunner', () => ({
  createLayoutRunner: (): LayoutRunner => ({
    start: (task, onMoved) => {
      started.push(task)
      move = (epoch, positions) => onMoved(epoch, 10, positions)
    },
    pause: () => started.push('pause'),
    goOn: () => started.push('go on'),
    place: () => Promise.resolve(Float32Array.of(1, 2)),
    stop: () => (move = () => undefined),
    dispose: () => undefined
  })
}))

/** Three words; the component scores say the layer. */
function points({ layer, neighbours }: CallParsed<'projection.input'>) {
  return answered('projection', {
    layer,
    wordIndex: tensorData([3], Int32Array.of(0, 1, 2)),
    neighbours: tensorData([3, neighbours], new Int32Array(3 * neighbours)),
    distances: tensorData([3, neighbours], new Float32Array(3 * neighbours)),
    principal: tensorData([3, 2], Float32Array.of(layer, 0, 0, layer, 0, 0)),
    explained: [0.3, 0.2]
  })
}

beforeEach(() => {
  started = []
  setActivePinia(createPinia())
  vi.stubGlobal('matchMedia', () => ({ matches: true }))
  engine.answers = {
    'state.load': () => ({}),
    'state.save': () => null,
    'job.cancel': () => null,
    'activations.estimate': () => ({ words: 3, subwords: 3, seconds: 0, memoryBytes: 1, diskBytes: 1, cached: true })
  }
})

async function view() {
  const session = useSessionStore()
  session.model = modelInfo()
  session.dataset = datasetInfo()
  session.split = 'test'
  useSelectionStore().layer = 1
  const held = engine.hold('projection.input')
  const scope = effectScope()
  const projection = scope.run(() => useProjection(computed(() => useSelectionStore().layer)))!
  await settle()
  return { held, projection, settings: useProjectionSettings(), scope }
}
const umap = Float32Array.of(9, 9, 8, 8, 7, 7)

it('names what the points are, not what was asked for, and offers no export of what is still to come', async () => {
  const { held, projection, settings, scope } = await view()
  expect([projection.drawn.value, projection.settled.value]).toEqual([null, false])
  held[0]!.answer(points(held[0]!.input))
  await settle()
  // Neighbours are there, points are not: nothing has a caption yet.
  expect(projection.drawn.value).toBeNull()
  move(1, umap)
  expect([projection.drawn.value!.about.method, projection.settled.value]).toEqual(['umap', false])
  move(10, umap)
  expect(projection.settled.value).toBe(true)

  settings.method = 'pca'
  await settle()
  expect(projection.positions.value).toEqual(umap)
  expect([projection.drawn.value!.about.method, projection.settled.value]).toEqual(['umap', false])
  held.at(-1)!.answer(points(held.at(-1)!.input))
  await settle()
  expect([projection.drawn.value!.about.method, projection.settled.value]).toEqual(['pca', true])
  expect(projection.positions.value).not.toEqual(umap)

  settings.method = 'umap'
  settings.neighbourhood = 30
  await settle()
  expect(projection.drawn.value!.about).toMatchObject({ method: 'pca', neighbourhood: 15 })
  expect(projection.settled.value).toBe(false)
  scope.stop()
})

it('draws components without waiting for neighbours, and marks those when they come', async () => {
  const { held, projection, settings, scope } = await view()
  settings.method = 'pca'
  await settle()
  const first = held.at(-1)!
  expect(first.input.neighbours).toBe(0)
  first.answer(points(first.input))
  await settle()
  expect(projection.settled.value).toBe(true)
  expect(projection.input.value!.neighbours.shape).toEqual([3, 0])
  const second = held.at(-1)!
  expect(second.input.neighbours).toBe(14)
  second.answer(points(second.input))
  await settle()
  expect(projection.input.value!.neighbours.shape).toEqual([3, 14])
  expect([projection.drawn.value!.about.method, projection.settled.value]).toEqual(['pca', true])
  scope.stop()
})

it('waits to be started where a layout does not start at once, and can be held and gone on with', async () => {
  engine.answers['state.load'] = () => ({ projection: { atOnce: false, method: 'tsne', perplexity: 10 } })
  const { held, projection, scope } = await view()
  expect([held.length, projection.held.value]).toEqual([0, true])
  projection.restart()
  await settle()
  expect([held.length, projection.held.value]).toEqual([1, false])
  expect(held[0]!.input.neighbours).toBe(31)
  held[0]!.answer(points(held[0]!.input))
  await settle()
  expect(started[0]).toMatchObject({ method: 'tsne', dimensions: 2, labels: null, settings: { perplexity: 10 } })
  projection.togglePause()
  projection.togglePause()
  expect(started.slice(1)).toEqual(['pause', 'go on'])
  scope.stop()
})

it('asks for three components in three dimensions, and lays out in the plane with a method that knows no other', async () => {
  const { held, projection, settings, scope } = await view()
  settings.method = 'pca'
  settings.dimensions = 3
  await settle()
  expect(held.at(-1)!.input.components).toBe(3)
  expect(projection.dimensions.value).toBe(3)
  settings.method = 'umap'
  await settle()
  expect(held.at(-1)!.input.components).toBe(2)
  scope.stop()
})

it('lays words out along axes, and says what they are', async () => {
  const axes: CustomAxes['axes'] = [
    { title: 'he → she', share: 0.02, items: [3, 4] },
    { title: 'greatest variance at right angles', share: 0.1, items: null }
  ]
  engine.answers['projection.axes'] = () => ({
    layer: 1,
    wordIndex: tensorData([3], Int32Array.of(0, 1, 2)),
    scores: tensorData([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6)),
    axes,
    cosine: 0
  })
  const { held, projection, settings, scope } = await view()
  settings.method = 'axes'
  await settle()
  held.at(-1)!.answer(points(held.at(-1)!.input))
  await settle()
  expect([...projection.positions.value!]).toEqual([1, 2, 3, 4, 5, 6])
  expect(projection.drawn.value!.about).toMatchObject({ method: 'axes', axes })
  scope.stop()
})

it.each([1, 2])('points of another model, data set or split are never drawn (draw %i)', async (seed) => {
  const random = seededRandom(seed)
  const { held, projection, settings, scope } = await view()
  const session = useSessionStore()
  const selection = useSelectionStore()
  /** What the points are of is in their explained variances. */
  const codeOf = (modelId: string, datasetId: string, split: string): number[] =>
    [modelId, datasetId, split].map((text) => text.charCodeAt(text.length - 1))
  const pick = <T>(...list: T[]): T => list[random.integer(list.length)]!
  const actions = [
    () => (session.model = modelInfo({ id: pick('model-a', 'model-b') })),
    () => (session.dataset = datasetInfo({ id: pick('data-a', 'data-b') })),
    () => (session.split = pick('train', 'test')),
    () => (selection.layer = random.integer(3)),
    () => (settings.method = pick('pca', 'umap')),
    () => move(pick(1, 10), umap),
    ...Array.from({ length: 6 }, () => () => {
      const call = held.splice(random.integer(held.length), 1)[0]
      if (!call) return
      const { modelId, datasetId, split } = call.input
      call.answer({ ...points(call.input), explained: codeOf(modelId, datasetId, split) })
    })
  ]
  let seen = 0
  for (let step = 0; step < 300; step++) {
    pick(...actions)()
    await settle()
    const drawn = projection.drawn.value
    if (!drawn) continue
    const open = codeOf(session.model!.id, session.dataset!.id, session.split)
    expect(drawn.input.explained, `step ${step}`).toEqual(open)
    seen++
  }
  expect(seen).toBeGreaterThan(20)
  scope.stop()
})

it('colours no point by a label that is not the chosen one', async () => {
  const { held, projection, scope } = await view()
  engine.answers['dataset.words'] = () => ({
    forms: ['a', 'b', 'c'],
    sentence: tensorData([3], Int32Array.of(0, 0, 0)),
    position: tensorData([3], Int32Array.of(0, 1, 2))
  })
  const labels = engine.hold('dataset.labels')
  const selection = useSelectionStore()
  selection.task = 'upos'
  held[0]!.answer(points(held[0]!.input))
  const inner = effectScope()
  const shown = inner.run(() => usePoints(projection.input))!
  await settle()
  move(10, umap)
  labels[0]!.answer({ classes: ['NOUN', 'VERB'], ids: tensorData([3], Int32Array.of(0, 1, 0)) })
  await settle()
  expect([shown.layer.value!.id, [...shown.classes.value]]).toEqual(['upos', [0, 1, 0]])
  selection.task = 'deprel'
  await settle()
  expect([shown.layer.value!.id, [...shown.classes.value]]).toEqual(['deprel', [-1, -1, -1]])
  inner.stop()
  scope.stop()
})
