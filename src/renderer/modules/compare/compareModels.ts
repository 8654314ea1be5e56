import type { ModelInfo } from '@shared/model'
import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { classScale } from '@/plots/colorScale'
import { markerNames, type SeriesLook } from '@/plots/markers'
import { baseName, useOpening } from '@/stores/opening'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useThemeStore, type ThemeName } from '@/stores/themeStore'
import { useCompareSettings } from './compareSettings'

/** More lines than these cannot be distinguished. */
export const mostModels = 6

/** Names for the places of the palette: a model keeps its place while others come and go. */
const places = Array.from({ length: mostModels }, (_, place) => `model ${place}`)

/** The models side by side: the open one, and those added to it. */
export const useCompareModels = defineStore('compareModels', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const notices = useNoticeStore()
  const theme = useThemeStore()
  const opening = useOpening()
  const settings = useCompareSettings()

  /** In the order they came. */
  const models = shallowRef<readonly ModelInfo[]>([])
  const placeOf = shallowRef<ReadonlyMap<string, number>>(new Map())
  /** Name of the model that is being opened now. */
  const adding = ref<string | null>(null)
  /** The model that is here only because it was open: it leaves when another one is opened. */
  let uninvited: string | null = null

  const scales = { light: classScale(places, 'light'), dark: classScale(places, 'dark') }
  function lookOf(id: string, on: ThemeName = theme.name): SeriesLook {
    const place = placeOf.value.get(id) ?? 0
    return { colour: scales[on].color(places[place]), marker: markerNames[place] ?? 'circle' }
  }

  function put(next: readonly ModelInfo[]): void {
    const kept = new Map([...placeOf.value].filter(([id]) => next.some((model) => model.id === id)))
    for (const model of next) {
      if (kept.has(model.id)) continue
      const taken = new Set(kept.values())
      kept.set(
        model.id,
        places.findIndex((_, place) => !taken.has(place))
      )
    }
    placeOf.value = kept
    models.value = next
  }

  watch(
    () => session.model,
    (model) => {
      if (!model) return
      if (models.value.some((other) => other.id === model.id)) return
      const left = models.value.filter((other) => other.id !== uninvited)
      uninvited = model.id
      put([model, ...left].slice(0, mostModels))
    },
    { immediate: true }
  )

  // An engine that was started again knows no model but the open one.
  watch(
    () => session.engine.restarts,
    async () => {
      for (const model of models.value) {
        if (model.id !== session.model?.id)
          await client
            .call('model.open', { path: model.path, untrained: model.untrained, jobId: crypto.randomUUID() })
            .catch(() => remove(model.id))
      }
    }
  )

  /**
   * Opens the model at `path` beside the others. `quietly`: it was there before, or comes along; a failure then leaves
   * no trace.
   * @param untrained seed of the twin with random weights that is wanted in its place
   */
  async function add(path: string, quietly = false, untrained: number | null = null): Promise<void> {
    if (models.value.length >= mostModels) {
      notices.add('warning', 'Compare', `At most ${mostModels} models can be compared; remove one first.`)
      return
    }
    adding.value = baseName(path)
    try {
      const model = await client.call('model.open', { path, untrained, jobId: crypto.randomUUID() })
      if (model.id === uninvited) uninvited = null
      if (!models.value.some((other) => other.id === model.id)) put([...models.value, model])
      if (!quietly) remember()
    } catch (error) {
      if (!quietly) notices.fail(`'${baseName(path)}' could not be opened as a model`, error)
    } finally {
      adding.value = null
    }
  }

  /** The open model stays: the window is about it. */
  function remove(id: string): void {
    if (id === session.model?.id) return
    put(models.value.filter((model) => model.id !== id))
    remember()
  }

  /** Makes one of the models the one the window is about, at one of its layers; the one before stays here. */
  function choose(id: string, layer: number): void {
    const model = models.value.find((candidate) => candidate.id === id)
    if (!model) return
    if (id !== session.model?.id) {
      uninvited = null
      opening.adoptModel(model)
      remember()
    }
    selection.layer = layer
  }

  function remember(): void {
    // An untrained twin has no path of its own.
    settings.paths = models.value
      .filter((model) => model.id !== uninvited && model.untrained === null)
      .map((model) => model.path)
  }

  let filled = false
  /** What was compared last; at the first visit a second bundled model, so that there is something to compare with. */
  async function fill(): Promise<void> {
    if (filled || !session.model) return
    filled = true
    await settings.restored
    const open = session.model.path
    const wanted =
      settings.paths ??
      session.modelEntries
        .filter((entry) => entry.bundled && entry.path !== open)
        .map((entry) => entry.path)
        .slice(0, 1)
    for (const path of wanted) if (!models.value.some((model) => model.path === path)) await add(path, true)
  }

  return { models, adding, lookOf, add, remove, choose, fill }
})
