import type { CallInput } from '@shared/contract'
import type { CostEstimate } from '@shared/activations'
import type { ProjectionInput } from '@shared/projection'
import { alignLayout } from '@shared/projection/align'
import { computed, onScopeDispose, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useJob } from '@/composables/useJob'
import { Superseded, useLatest } from '@/composables/useLatest'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { createLayoutRunner } from './layoutRunner'
import { pointChoices, useProjectionSettings } from './projectionSettings'

/** Beyond so many seconds of extraction the view asks before it computes. */
const patience = 20
const transitionMs = 650
const seed = 1

/** What the points on screen are: the layer they were read from, and how they were laid out. */
export interface DrawnLayout {
  input: ProjectionInput
  about: Pick<ReturnType<typeof useProjectionSettings>, 'method' | 'metric' | 'neighbourhood' | 'minDist'>
}

interface LayerLayout extends DrawnLayout {
  positions: Float32Array
}

/**
 * The points of the chosen layer and where they stand: asks the engine for neighbours and components, lets the worker
 * lay them out, and keeps every finished layer. All layers show the same words, in the same order, so that they can be
 * followed.
 */
export function useProjection() {
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
  /** Whether the points are where the layout that was requested puts them. */
  const settled = computed(() => positions.value !== null && !loading.value && !running.value && !gliding.value)
  const finished = new Map<number, LayerLayout>()
  const job = useJob<ProjectionInput>()
  let frame = 0
  let agreed = false
  /** Counts what was asked for: only the newest starts a job. */
  let asked = 0

  const cohort = computed(() => {
    if (!session.model || !session.dataset || !session.split) return null
    return [
      session.model.id,
      session.dataset.id,
      session.split,
      settings.points,
      settings.metric,
      settings.method,
      settings.neighbourhood,
      settings.minDist,
      session.engine.restarts
    ].join('|')
  })

  function aboutNow(): DrawnLayout['about'] {
    const { method, metric, neighbourhood, minDist } = settings
    return { method, metric, neighbourhood, minDist }
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
      components: 2,
      metric: settings.metric,
      seed
    }
  }

  function halt(): void {
    cancelAnimationFrame(frame)
    gliding.value = false
    runner.stop()
    job.clear()
    epochs.value = 0
    epoch.value = 0
  }

  async function show(layer: number): Promise<void> {
    halt()
    asked++
    error.value = null
    waiting.value = null
    const known = finished.get(layer)
    if (known) {
      loading.value = false
      glide(known)
      return
    }
    loading.value = true
    const isPca = settings.method === 'pca'
    try {
      const next = await latest(fetch(layer, isPca ? 0 : settings.neighbourhood - 1))
      loading.value = false
      if (!next) {
        error.value = job.error.value
        return
      }
      if (!isPca) layOut(layer, next)
      else {
        settle(layer, next, next.principal.data)
        void addNeighbours(layer)
      }
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

  function layOut(layer: number, next: ProjectionInput): void {
    const count = next.wordIndex.data.length
    const stand = positions.value
    const previous = settings.follow && stand?.length === 2 * count ? stand : null
    epochs.value = 1
    epoch.value = 0
    const about = aboutNow()
    const layout = { input: next, about }
    runner.start(
      {
        count,
        k: next.neighbours.shape[1]!,
        neighbours: next.neighbours.data,
        distances: next.distances.data,
        previous,
        principal: next.principal.data,
        components: next.principal.shape[1]!,
        neighbourhood: settings.neighbourhood,
        minDist: settings.minDist,
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

  /** A layout that needs no optimising, turned so that it matches the shown one. */
  function settle(layer: number, next: ProjectionInput, target: Float32Array): void {
    const stand = positions.value
    const turned = stand?.length === target.length ? alignLayout(target, stand) : target
    const layout = { input: next, about: aboutNow(), positions: turned }
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

  function agree(): void {
    agreed = true
    void show(selection.layer)
  }
  /** Lays the shown layer out again from its own components. */
  function restart(): void {
    finished.delete(selection.layer)
    positions.value = null
    void show(selection.layer)
  }
  function stop(): void {
    halt()
    if (drawn.value && positions.value)
      finished.set(drawn.value.input.layer, { ...drawn.value, positions: positions.value })
  }

  watch(cohort, (now, before) => {
    halt()
    finished.clear()
    // Another set of points shares nothing with these; other parameters of the same points do.
    if (now?.split('|').slice(0, 4).join() !== before?.split('|').slice(0, 4).join()) {
      positions.value = null
      drawn.value = null
      agreed = false
    }
    if (now !== null) void show(selection.layer)
  })
  watch(
    () => selection.layer,
    (layer) => (cohort.value === null ? undefined : void show(layer))
  )
  void settings.restored.then(() => (cohort.value === null ? undefined : show(selection.layer)))
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
    running,
    settled,
    loading,
    status: job.status,
    error,
    waiting,
    agree,
    restart,
    stop
  }
}
