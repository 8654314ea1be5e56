import { computed, shallowRef, type ComputedRef } from 'vue'
import type { AttentionFocus } from '@/plots/attentionMap'

/** A focus that does not depend on what is shown: a token, or any piece of its word where words are shown. */
export interface FocusPlace {
  token: number
  side: AttentionFocus['side']
}

/**
 * Hover to preview, click to lock: what is locked comes back as soon as nothing is hovered. Places are tokens, so that
 * the focus survives a change between tokens and words, of head and of layer.
 */
export function useAttentionFocus(): {
  focus: ComputedRef<FocusPlace | null>
  locked: ComputedRef<FocusPlace | null>
  hovered: ComputedRef<FocusPlace | null>
  preview(place: FocusPlace | null): void
  /** Locks a place; the locked place again unlocks it. */
  toggle(place: FocusPlace): void
  lock(place: FocusPlace | null): void
} {
  const hoveredPlace = shallowRef<FocusPlace | null>(null)
  const lockedPlace = shallowRef<FocusPlace | null>(null)
  const same = (a: FocusPlace | null, b: FocusPlace | null): boolean => a?.token === b?.token && a?.side === b?.side

  function preview(place: FocusPlace | null): void {
    if (!same(place, hoveredPlace.value)) hoveredPlace.value = place
  }
  function lock(place: FocusPlace | null): void {
    if (!same(place, lockedPlace.value)) lockedPlace.value = place
  }
  function toggle(place: FocusPlace): void {
    lock(same(place, lockedPlace.value) ? null : place)
  }
  return {
    focus: computed(() => hoveredPlace.value ?? lockedPlace.value),
    locked: computed(() => lockedPlace.value),
    hovered: computed(() => hoveredPlace.value),
    preview,
    toggle,
    lock
  }
}
