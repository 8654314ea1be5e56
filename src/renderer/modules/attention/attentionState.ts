import { attentionHook } from '@shared/hookNames'
import { computed, inject, provide, shallowRef, watch, type InjectionKey } from 'vue'
import { client } from '@/client'
import { useTokenText } from '@/composables/useTokenText'
import { largestWeight, type AttentionFocus } from '@/plots/attentionMap'
import { numberFrom, type FirstNumber } from '@/plots/figureForm'
import { useAnalysisStore } from '@/stores/analysisStore'
import type { Reading } from '@/stores/reading'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { themeToken, useThemeStore } from '@/stores/themeStore'
import { useAttentionSettings } from '@/stores/attentionSettings'
import { isolateHead, toggleHead } from './headChoice'
import { headColours } from './headColours'
import { goldCells, relationOf } from './headSummary'
import { strongestLinks } from './linked'
import { massShares } from './mass'
import { applyThreshold, massSources, prepareAttention } from './shownAttention'
import type { Threshold } from './threshold'
import { useAttentionFocus, type FocusPlace } from './useAttentionFocus'
import { useMasking } from './useMasking'
import { useAttentionWay } from './useAttentionWay'
import { isGuessWay, wayTitle } from './mapWays'
import { sameRequest, useAttentionMaps, type MapRequest } from './useAttentionMaps'

export type AttentionState = ReturnType<typeof createAttentionState>

const stateKey: InjectionKey<AttentionState> = Symbol('attention')

/** Builds the state of a view and hands it to its parts. @param state one that was built already */
export function provideAttentionState(state = createAttentionState()): AttentionState {
  provide(stateKey, state)
  return state
}

/** The state of the view this component is a part of. */
export function useAttentionState(): AttentionState {
  const state = inject(stateKey)
  if (!state) throw new Error('This component works only inside the attention view.')
  return state
}

/**
 * From the shared selection and the view's settings to what its parts draw.
 * @param readingOf what another model reads, or another sentence; by default the chosen one by the open model
 * @param otherLargest the largest weight of another picture that has the same scale of colours
 */
export function createAttentionState(readingOf?: () => Reading | null, otherLargest: () => number = () => 0) {
  const selection = useSelectionStore()
  const session = useSessionStore()
  const store = useAnalysisStore()
  const theme = useThemeStore()
  const { settings } = useAttentionSettings()
  const place = useAttentionFocus()
  const tokenText = useTokenText()

  /** Where only what is masked has changed, the reading before stays until the next one is there. */
  const reading = computed<Reading | null>((previous) => {
    const now = readingOf ? readingOf() : store.reading
    return now ?? (!readingOf && previous && previous.textKey === store.wanted?.textKey ? previous : null)
  })
  const model = computed(() => (readingOf ? reading.value?.model : session.model))
  const layers = computed(() => model.value?.layers ?? 0)
  const heads = computed(() => model.value?.heads ?? 0)
  /** The embedding has no attention: the first block is next to it. */
  const layer = computed(() => Math.min(Math.max(1, selection.layer), Math.max(1, layers.value)))
  const head = computed(() => Math.min(Math.max(0, selection.head ?? 0), Math.max(0, heads.value - 1)))

  /** The heads that were chosen of so many; null as long as all take part. */
  const chosenHeads = shallowRef<{ of: number; heads: readonly number[] } | null>(null)
  /** Heads that take part in a mean or an overlay. */
  const activeHeads = computed(() =>
    chosenHeads.value?.of === heads.value
      ? chosenHeads.value.heads
      : Array.from({ length: heads.value }, (_, index) => index)
  )

  // What is compared are weights.
  const way = useAttentionWay(
    () => (readingOf ? 'weights' : settings.way),
    () => ({
      reading: reading.value,
      layer: layer.value,
      token: place.locked.value?.token ?? null
    })
  )
  /** One map, or those of several heads: what is combined is one map already. */
  const mode = computed(() => (way.name.value === 'weights' ? settings.heads : 'one'))
  const request = computed<MapRequest | null>((previous) => {
    if (!reading.value || layers.value === 0 || heads.value === 0 || way.held.value) return null
    const next: MapRequest = {
      reading: reading.value,
      layer: layer.value,
      head: mode.value === 'one' ? head.value : null,
      way: way.name.value,
      token: isGuessWay(way.name.value) ? (place.locked.value?.token ?? null) : null
    }
    return previous && sameRequest(previous, next) ? previous : next
  })
  const { fetched, loading, error } = useAttentionMaps(client, () => request.value, way.jobId)

  const shownHeads = computed(() =>
    mode.value === 'one' ? [fetched.value?.request.head ?? head.value] : activeHeads.value
  )
  const prepared = computed(() => {
    const map = fetched.value
    if (!map) return null
    const single = map.request.head !== null
    const { reading } = map.request
    const texts = tokenText.all(reading.tokens, reading.model)
    return prepareAttention(
      map.raw,
      { tokens: reading.tokens, words: reading.words, texts },
      {
        unit: settings.unit,
        hideSpecial: settings.hideSpecial,
        renormalise: settings.renormalise,
        pair: settings.pairFilter,
        heads: single ? [map.request.head!] : activeHeads.value,
        mean: !single && mode.value === 'mean',
        firstHead: map.request.head ?? 0
      }
    )
  })
  const threshold = computed<Threshold>(() => ({
    kind: settings.thresholdKind,
    value: settings.thresholdKind === 'mass' ? settings.massShare : settings.smallestWeight
  }))
  const largest = computed(() => largestWeight(prepared.value?.maps ?? []))
  const shown = computed(() => {
    const ready = prepared.value
    return ready && ready.units.length > 0
      ? {
          units: ready.units,
          ofToken: ready.ofToken,
          maps: applyThreshold(ready, threshold.value),
          largest: Math.max(largest.value, otherLargest())
        }
      : null
  })

  const coloursOfHeads = computed(() => headColours(heads.value, theme.name))
  /**
   * Tokens of the theme for drawing, read once a theme: asking the document for each of them in each frame takes
   * milliseconds.
   */
  const palette = computed(() => {
    void theme.name
    return {
      accent: themeToken('accent'),
      text: themeToken('text'),
      muted: themeToken('text-muted'),
      faint: themeToken('text-faint'),
      border: themeToken('border'),
      surface: themeToken('surface'),
      focus: themeToken('mark'),
      focusSoft: themeToken('mark-soft'),
      ring: themeToken('mark'),
      family: themeToken('font-ui')
    }
  })
  /** One colour a shown map. */
  const colours = computed(
    () =>
      shown.value?.maps.map((map) =>
        mode.value === 'overlay' && map.head !== null ? coloursOfHeads.value[map.head]! : palette.value.accent
      ) ?? []
  )

  const focus = computed(() => unitOf(place.focus.value))
  const locked = computed(() => unitOf(place.locked.value))
  const lockedToken = computed(() => place.locked.value?.token ?? null)
  const hovered = computed(() => unitOf(place.hovered.value))
  const massOfAll = computed(() =>
    shown.value && prepared.value ? massShares(massSources(prepared.value, shown.value.maps), null) : null
  )
  /** Of the row in focus; a column is no whole that could be divided, and neither is everything: both show all rows. */
  const mass = computed(() => {
    if (focus.value?.side !== 'query' || !shown.value || !prepared.value) return massOfAll.value
    return massShares(massSources(prepared.value, shown.value.maps), focus.value.unit)
  })
  /** For the texts that describe the pictures. */
  const strongest = computed(() =>
    shown.value
      ? strongestLinks(shown.value.maps, 3).map(({ query, key, weight }) => ({
          from: shown.value!.units[query]!.text,
          to: shown.value!.units[key]!.text,
          weight
        }))
      : []
  )
  const hasGold = computed(() => reading.value?.row?.heads !== undefined)
  const gold = computed(() =>
    settings.gold && hasGold.value && shown.value ? goldCells(shown.value.units, reading.value!.row!.heads!) : []
  )
  const goldRelation = (cell: { query: number; key: number }): string | null =>
    relationOf(cell, gold.value, shown.value?.units ?? [], reading.value?.row?.labels['deprel'])

  const headTitle = computed(() => headTitleFrom(1))
  function headTitleFrom(first: FirstNumber): string {
    if (way.name.value !== 'weights') return wayTitle(way.name.value, head.value - 1 + first)
    if (settings.heads === 'one') return `head ${numberFrom(first, head.value + 1)}`
    const count = activeHeads.value.length
    const which =
      count === heads.value
        ? `all ${count} heads`
        : count === 1
          ? `head ${numberFrom(first, activeHeads.value[0]! + 1)}`
          : `${count} of ${heads.value} heads`
    return settings.heads === 'mean' ? `mean of ${which}` : which
  }
  const hook = computed(() => attentionHook(layer.value - 1))

  function unitOf(at: FocusPlace | null): AttentionFocus | null {
    const unit = at && shown.value ? (shown.value.ofToken[at.token] ?? -1) : -1
    return at && unit >= 0 ? { unit, side: at.side } : null
  }
  function wordAt(token: number | undefined): number | null {
    return token === undefined ? null : (reading.value?.tokens[token]?.word ?? null)
  }
  function placeOfWord(word: number | null): FocusPlace | null {
    const token = word === null ? -1 : (reading.value?.firstToken[word] ?? -1)
    return token < 0 ? null : { token, side: settings.direction }
  }
  function placeOfUnit(at: AttentionFocus): FocusPlace {
    return { token: shown.value!.units[at.unit]!.token, side: at.side }
  }

  function preview(at: AttentionFocus | null): void {
    place.preview(at && shown.value ? placeOfUnit(at) : null)
    selection.hoveredWord = wordAt(place.hovered.value?.token)
  }
  /** Locks a unit, or frees it when it is locked already; the word becomes the selected one everywhere. */
  function toggleLock(at: AttentionFocus): void {
    place.toggle(placeOfUnit(at))
    if (place.locked.value) settings.direction = place.locked.value.side
    selection.word = wordAt(place.locked.value?.token)
  }
  function moveLock(at: AttentionFocus): void {
    place.lock(placeOfUnit(at))
    place.preview(null)
    selection.word = wordAt(place.locked.value?.token)
  }
  function unlock(): void {
    place.lock(null)
    place.preview(null)
    selection.word = null
  }
  function turn(direction: AttentionFocus['side']): void {
    settings.direction = direction
    if (place.locked.value) place.lock({ ...place.locked.value, side: direction })
  }

  // What other views select and hover is followed here; what this view wrote itself is there already.
  watch(
    [() => selection.word, reading],
    ([word], [, previousReading]) => {
      const moved = reading.value?.textKey !== previousReading?.textKey
      if (!moved && wordAt(place.locked.value?.token) === word) return
      place.lock(placeOfWord(word))
      if (moved) place.preview(null)
    },
    { immediate: true }
  )
  watch(
    () => selection.hoveredWord,
    (word) => {
      if (wordAt(place.hovered.value?.token) !== word) place.preview(placeOfWord(word))
    }
  )

  const masking = useMasking(() => reading.value)
  /** Masks a unit, or takes that back. */
  function toggleMask(at: AttentionFocus): void {
    const tokens = shown.value ? [...shown.value.ofToken.keys()] : []
    masking.toggle(tokens.filter((token) => shown.value!.ofToken[token] === at.unit))
  }

  function chooseHead(nextLayer: number, nextHead: number): void {
    selection.layer = nextLayer
    selection.head = nextHead
  }

  return {
    settings,
    mode,
    way,
    reading,
    layers,
    heads,
    layer,
    head,
    request,
    fetched,
    loading,
    error,
    prepared,
    /** The largest weight of its own maps. */
    largest,
    shown,
    threshold,
    shownHeads,
    activeHeads,
    palette,
    headColours: coloursOfHeads,
    colours,
    focus,
    locked,
    lockedToken,
    hovered,
    mass,
    strongest,
    gold,
    hasGold,
    goldRelation,
    headTitle,
    headTitleFrom,
    hook,
    preview,
    toggleLock,
    moveLock,
    unlock,
    turn,
    chooseHead,
    masking,
    toggleMask,
    toggleActive: (index: number) =>
      (chosenHeads.value = { of: heads.value, heads: toggleHead(activeHeads.value, index) }),
    isolateActive: (index: number) =>
      (chosenHeads.value = { of: heads.value, heads: isolateHead(activeHeads.value, index, heads.value) })
  }
}
