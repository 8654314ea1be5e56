import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Superseded, useLatest } from './useLatest'

export interface Answer<T> {
  value: Readonly<ShallowRef<T | null>>
  loading: Ref<boolean>
  /** What went wrong, as a sentence; null while nothing did. */
  error: Ref<string | null>
}

/**
 * Asks again whenever `key` changes and keeps the newest answer; a null key means there is nothing to ask. The old
 * answer stays until the new one is there only if `keep` is set, so that numbers of one thing never stand under the
 * name of another.
 */
export function useAnswer<T>(key: () => string | null, ask: () => Promise<T>, { keep = false } = {}): Answer<T> {
  const value = shallowRef<T | null>(null)
  const loading = ref(false)
  const error = ref<string | null>(null)
  const latest = useLatest()
  let ended = false
  onScopeDispose(() => (ended = true))

  watch(
    key,
    async (now) => {
      error.value = null
      if (now === null || !keep) value.value = null
      loading.value = now !== null
      try {
        // Also overtakes a running request when nothing is requested any more.
        const next = await latest<T | null>(now === null ? Promise.resolve(null) : ask())
        if (!ended) value.value = next
      } catch (failure) {
        if (failure instanceof Superseded || ended) return
        value.value = null
        error.value = failure instanceof Error ? failure.message : String(failure)
      }
      loading.value = false
    },
    { immediate: true }
  )
  return { value, loading, error }
}
