import type { CallInput } from '@shared/contract'
import type { CostEstimate } from '@shared/activations'
import type { ProjectionInput } from '@shared/projection'
import type { SentenceRef } from '@shared/sentence'
import { alignLayout } from '@shared/projection/align'
import { computed, onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'
import { client } from '@/client'
import { useJob } from '@/composables/useJob'
import { Superseded, useLatest } from '@/composables/useLatest'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { createLayoutRunner } from './layoutRunner'
import { methodInfo, neighboursNeeded, type LayoutAbout, type MethodSetting } from './methods'
import { pointChoices, useProjectionSettings } from './projectionSettings'
import { labelsOfRows } from './usePoints'

/** Beyond so many seconds of extraction the view asks before it computes. */
const patience = 20
const transitionMs = 650
const seed = 1
/** Beyond so many words an exact search for neighbours takes minutes; an approximate one says what it finds. */
const exactPoints = 40_000

/** What the points on screen are: the layer they were read from, and how they were laid out. */
export interface DrawnLayout {
  input: ProjectionInput
  about: LayoutAbout
}

interface LayerLayout extends DrawnLayout {
  positions: Float32Array
}

/**
 * The points of a layer and where they are: asks the engine for neighbours and components, lets the worker lay them
 * out, and keeps every finished layer. All layers show the same words, in the same order, so that they can be followed.
 * @param shown layer to show; null for none
 * @param like where a first layout starts from, or is turned to: the same words in another layer's picture
 */
export function useProjection(
  shown: Readonly<Ref<number | null>>,
  like: Readonly<Ref<Float32Array | null>> = shallowRef(null)
) {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const settings = useProjectionSettings()
  const runner = createLayoutRunner()
  const latest = useLatest()

  /** Belongs to `positions`: both change together, and stay while the next layout is fetched. */
  const drawn = shallowRef<DrawnLayout | null>(null)
  const input = computed(() => drawn.value?.input ?? null)
  const positions = shallowRef<Float32Array | null>(null)
  const epoch = ref(0)
  const epochs = ref(0)
  const loading = ref(false)
  const error = ref<string | null>(null)
  /** Set while the word vectors would have to be computed first and that takes long: what it would cost. */
  const waiting = shallowRef<CostEstimate | null>(null)
  const running = computed(() => epochs.value > 0 && epoch.value < epochs.value)
  const gliding = ref(false)
  const paused = ref(false)
  /** Set while nothing is laid out before it is started. */
  const held = ref(false)
  /** Whether the points are where the layout that was requested puts them. */
  const settled = computed(() => positions.value !== null && !loading.value && !running.value && !gliding.value)
  const finished = new Map<number, LayerLayout>()
  const job = useJob<ProjectionInput>()
  let frame = 0
  let agreed = false
  let started = false
  /** Counts what was asked for: only the newest starts a job. */
  let asked = 0

  const dimensions = computed(() => (methodInfo(settings.method).uses.includes('dimensions') ? settings.dimensions : 2))
  const cohort = computed(() => {
    if (!session.model || !session.dataset || !session.split) return null
    return [
      session.model.id,
      session.dataset.id,
      session.split,
      settings.points,
      dimensions.value,
      settings.metric,
      settings.method,
      ...methodInfo(settings.method).uses.flatMap((setting) => read[setting]()),
      session.engine.restarts
    ].join('|')
  })
  /** What a layout depends on, by the settings that its method reads. */
  const read: Record<MethodSetting, () => unknown[]> = {
    neighbourhood: () => [settings.neighbourhood],
    minDist: () => [settings.minDist],
    perplexity: () => [settings.perplexity],
    epochs: () => [settings.epochs],
    labels: () => (settings.byLabel ? [selection.task, settings.labelWeight] : []),
    axes: () => [JSON.stringify([settings.xAxis, settings.yAxis])],
    dimensions: () => []
  }

  function aboutNow(): LayoutAbout {
    const { method, metric, neighbourhood, minDist, perplexity } = settings
    return {
      method,
      dimensions: dimensions.value,
      metric,
      neighbourhood,
      minDist,
      perplexity,
      labelled: null,
      axes: null
    }
  }

  function request(layer: number, neighbours: number): CallInput<'projection.input'> {
    return {
      modelId: session.model!.id,
      datasetId: session.dataset!.id,
      split: session.split,
      pool: 'first',
      maxWords: null,
      layer,
      maxPoints: pointChoices[settings.points],
      neighbours,
      components: dimensions.value,
      ...(pointsShown() > exactPoints && { approximate: true }),
      metric: settings.metric,
      seed
    }
  }

  /** How many words a picture of the open part has. */
  function pointsShown(): number {
    const words = session.dataset?.splits.find(({ name }) => name === session.split)?.words ?? 0
    return Math.min(words, pointChoices[settings.points] ?? Infinity)
  }

  function halt(): void {
    cancelAnimationFrame(frame)
    gliding.value = false
    runner.stop()
    job.clear()
    epochs.value = 0
    epoch.value = 0
    paused.value = false
  }

  async function show(layer: number): Promise<void> {
    halt()
    asked++
    error.value = null
    waiting.value = null
    const known = finished.get(layer)
    held.value = !known && !settings.atOnce && !started
    if (known || held.value) {
      loading.value = false
      if (known) glide(known)
      return
    }
    loading.value = true
    try {
      const next = await latest(fetch(layer, neighboursNeeded(settings)))
      if (!next) {
        loading.value = false
        error.value = job.error.value
        return
      }
      if (settings.method === 'pca' || settings.method === 'axes') {
        await latest(layDirectly(layer, next))
        void addNeighbours(layer)
      } else await latest(layOut(layer, next))
      loading.value = false
    } catch (failure) {
      if (failure instanceof Superseded) return
      loading.value = false
      error.value = failure instanceof Error ? failure.message : String(failure)
    }
  }

  /** Null when the person is asked first, and where it failed or was cancelled. */
  async function fetch(layer: number, neighbours: number): Promise<ProjectionInput | null> {
    const { modelId, datasetId, split, pool, maxWords, ...rest } = request(layer, neighbours)
    const mine = asked
    if (!agreed) {
      const cost = await client.call('activations.estimate', { modelId, datasetId, split, pool, maxWords })
      if (cost.seconds > patience) {
        waiting.value = cost
        return null
      }
    }
    if (mine !== asked) return null
    agreed = true
    return job.start((jobId) =>
      client.call('projection.input', { modelId, datasetId, split, pool, maxWords, ...rest, jobId })
    )
  }

  /** Components need no neighbours; those of the chosen word are marked once they are there. */
  async function addNeighbours(layer: number): Promise<void> {
    const layout = finished.get(layer)
    const whole = await fetch(layer, settings.neighbourhood - 1)
    if (!whole || !layout || finished.get(layer) !== layout) return
    finished.set(layer, { ...layout, input: whole })
    if (drawn.value?.input === layout.input) drawn.value = { ...drawn.value, input: whole }
  }

  async function layOut(layer: number, next: ProjectionInput): Promise<void> {
    const { method, byLabel, neighbourhood, minDist, perplexity, labelWeight } = settings
    if (method === 'pca' || method === 'axes') return
    const mine = asked
    const count = next.wordIndex.data.length
    const here = positions.value ?? like.value
    const previous = settings.follow && here?.length === dimensions.value * count ? here : null
    const labels = method === 'umapJs' && byLabel ? await labelsOfRows(next.wordIndex.data) : null
    if (mine !== asked) return
    epochs.value = 1
    epoch.value = 0
    const layout = { input: next, about: { ...aboutNow(), labelled: labels?.title ?? null } }
    runner.start(
      {
        method,
        dimensions: dimensions.value,
        metric: settings.metric,
        labels: labels?.ids ?? null,
        settings: { neighbourhood, minDist, perplexity, epochs: settings.epochs, labelWeight },
        count,
        k: next.neighbours.shape[1]!,
        neighbours: next.neighbours.data,
        distances: next.distances.data,
        previous,
        principal: next.principal.data,
        components: next.principal.shape[1]!,
        seed
      },
      (done, total, moved) => {
        positions.value = moved
        drawn.value = layout
        epoch.value = done
        epochs.value = total
        if (done === total) finished.set(layer, { ...layout, positions: moved })
      },
      (message) => {
        epochs.value = 0
        error.value = message
      }
    )
  }

  /** A layout that needs no steps: components, turned so that they match what is shown, or axes, which stay. */
  async function layDirectly(layer: number, next: ProjectionInput): Promise<void> {
    const mine = asked
    const about = aboutNow()
    let target = next.principal.data
    if (about.method === 'axes') {
      const { modelId, datasetId, split, pool, maxWords, maxPoints } = request(layer, 0)
      const { xAxis, yAxis } = settings
      const points = { modelId, datasetId, split, pool, maxWords, layer, maxPoints, seed }
      const along = await client.call('projection.axes', { ...points, axes: [xAxis, yAxis] })
      about.axes = along.axes
      target = along.scores.data
    } else if (about.dimensions === 2) {
      const here = positions.value ?? like.value
      if (here?.length === target.length) target = alignLayout(target, here)
    }
    if (mine !== asked) return
    const layout = { input: next, about, positions: target }
    finished.set(layer, layout)
    glide(layout)
  }

  /** Moves the points from where they are to a layout that is already computed. */
  function glide({ positions: target, ...layout }: LayerLayout): void {
    drawn.value = layout
    const from = positions.value
    if (from?.length !== target.length || window.matchMedia('(prefers-reduced-motion: reduce)').matches) {
      positions.value = target
      return
    }
    const began = performance.now()
    gliding.value = true
    const tick = (): void => {
      const share = Math.min(1, (performance.now() - began) / transitionMs)
      const eased = share * share * (3 - 2 * share)
      positions.value = share === 1 ? target : from.map((value, i) => value + (target[i]! - value) * eased)
      if (share < 1) frame = requestAnimationFrame(tick)
      else gliding.value = false
    }
    tick()
  }

  function again(): void {
    if (shown.value !== null) void show(shown.value)
  }
  function agree(): void {
    agreed = true
    again()
  }
  /** Lays the shown layer out again from its own components. */
  function restart(): void {
    if (shown.value !== null) finished.delete(shown.value)
    positions.value = null
    started = true
    again()
  }
  /** Holds the layout where it is, or goes on with it. */
  function togglePause(): void {
    paused.value = !paused.value
    if (paused.value) runner.pause()
    else runner.goOn()
  }
  /**
   * Places the words of a sentence into the layout, which is finished and by umap-js.
   * @returns where they are, [words, dimensions]
   */
  async function place(sentence: SentenceRef): Promise<{ words: string[]; positions: Float32Array }> {
    const { modelId, datasetId, split, pool, maxWords, maxPoints } = request(0, 0)
    const points = { modelId, datasetId, split, pool, maxWords, maxPoints, seed, layer: drawn.value!.input.layer }
    const { known, added, words } = await client.call('projection.vectors', { ...points, sentence })
    return { words, positions: await runner.place(known.data, added.data, known.shape[1]!) }
  }
  function stop(): void {
    halt()
    if (drawn.value && positions.value)
      finished.set(drawn.value.input.layer, { ...drawn.value, positions: positions.value })
  }

  watch(cohort, (now, before) => {
    halt()
    finished.clear()
    started = false
    // Another set of points, or another number of dimensions, shares nothing with these; other parameters do.
    if (samePoints(now) !== samePoints(before)) {
      positions.value = null
      drawn.value = null
      agreed = false
    }
    if (now !== null) again()
  })
  watch(shown, (layer) => {
    if (layer === null) halt()
    else if (cohort.value !== null) void show(layer)
  })
  void settings.restored.then(() => (cohort.value === null ? undefined : again()))
  onScopeDispose(() => {
    halt()
    runner.dispose()
  })

  return {
    drawn,
    input,
    positions,
    epoch,
    epochs,
    dimensions: computed(() => drawn.value?.about.dimensions ?? dimensions.value),
    running,
    paused,
    held,
    settled,
    loading,
    status: job.status,
    error,
    waiting,
    agree,
    restart,
    togglePause,
    place,
    stop
  }
}

/** The part of a cohort's name that says which points it has, and in how many dimensions. */
function samePoints(cohort: string | null | undefined): string | undefined {
  return cohort?.split('|').slice(0, 5).join('|')
}
