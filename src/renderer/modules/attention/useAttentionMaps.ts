import { RecentCache } from '@shared/recentCache'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { Client } from '@/client/client'
import { Superseded, useLatest } from '@/composables/useLatest'
import type { Reading } from '@/stores/reading'
import type { RawAttention } from './rawAttention'

export interface MapRequest {
  reading: Reading
  layer: number
  /** From 0; null for all heads of the layer. */
  head: number | null
}

/** A map with what it is a map of. */
export interface FetchedMap {
  request: MapRequest
  raw: RawAttention
}

/** One layer of 16 heads over 512 tokens is 17 MB. */
const cacheBytes = 48 * 2 ** 20

/**
 * Fetches the requested head or layer and keeps the last few, of any model and sentence. `fetched` stays at the old map
 * of a reading until the new one is there, so that stepping through heads does not flicker; it is null at once for
 * another reading.
 */
export function useAttentionMaps(
  client: Pick<Client, 'call'>,
  request: () => MapRequest | null
): {
  fetched: ComputedRef<FetchedMap | null>
  loading: Ref<boolean>
  error: Ref<string | null>
} {
  const newest = shallowRef<FetchedMap | null>(null)
  const fetched = computed(() =>
    newest.value && newest.value.request.reading.key === request()?.reading.key ? newest.value : null
  )
  const loading = ref(false)
  const error = ref<string | null>(null)
  const cache = new RecentCache<RawAttention>(cacheBytes, ({ weights }) => weights.byteLength)
  const latest = useLatest()
  let ended = false
  onScopeDispose(() => (ended = true))

  watch(
    request,
    async (next) => {
      error.value = null
      const known = next && cached(cache, next)
      loading.value = next !== null && !known
      try {
        // Goes through `latest` in every case: what is under way for an older request must not come after this one.
        const raw = await latest(next && !known ? fetch(client, next) : Promise.resolve(known))
        if (ended || !next || !raw) return
        cache.put(cacheKey(next), raw)
        newest.value = { request: next, raw }
      } catch (failure) {
        if (failure instanceof Superseded || ended) return
        newest.value = null
        error.value = failure instanceof Error ? failure.message : String(failure)
      }
      loading.value = false
    },
    { immediate: true }
  )
  return { fetched, loading, error }
}

function cacheKey({ reading, layer, head }: MapRequest): string {
  return JSON.stringify([reading.key, layer, head])
}

/** The map itself, or its part of a layer that was fetched whole. */
function cached(cache: RecentCache<RawAttention>, request: MapRequest): RawAttention | undefined {
  const own = cache.get(cacheKey(request))
  if (own || request.head === null) return own
  const layer = cache.get(cacheKey({ ...request, head: null }))
  if (!layer) return undefined
  const cells = layer.tokens * layer.tokens
  return {
    heads: 1,
    tokens: layer.tokens,
    weights: layer.weights.slice(request.head * cells, (request.head + 1) * cells)
  }
}

async function fetch(client: Pick<Client, 'call'>, { reading, layer, head }: MapRequest): Promise<RawAttention> {
  const of = { modelId: reading.model.id, sentence: reading.sentence, layer }
  const { shape, data } =
    head === null ? await client.call('attention.layer', of) : await client.call('attention.head', { ...of, head })
  const [heads, tokens] = head === null ? [shape[0]!, shape[1]!] : [1, shape[0]!]
  if (tokens !== reading.tokens.length) {
    throw new Error(`The map has ${tokens} tokens, the sentence ${reading.tokens.length}; choose the sentence again.`)
  }
  return { heads, tokens, weights: data }
}
