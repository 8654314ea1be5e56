import type { SentenceAnalysis, SentenceRef } from '@shared/sentence'
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { Client } from '@/client/client'
import { Superseded, useLatest } from '@/composables/useLatest'
import { MapCache, type RawAttention } from './mapCache'

/** A sentence as it was run, and where its maps come from. */
export interface AnalysedSentence {
  modelId: string
  sentence: SentenceRef
  sentenceKey: string
  analysis: SentenceAnalysis
}

export interface MapRequest {
  sentence: AnalysedSentence
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
 * Fetches the asked-for head or layer and keeps the last few of the sentence. `fetched` stays at the old map until the
 * new one is there, so that stepping through heads does not flicker; it is emptied as soon as the sentence is another
 * one.
 */
export function useAttentionMaps(
  client: Pick<Client, 'call'>,
  request: () => MapRequest | null
): {
  fetched: Readonly<ShallowRef<FetchedMap | null>>
  loading: Ref<boolean>
  error: Ref<string | null>
} {
  const fetched = shallowRef<FetchedMap | null>(null)
  const loading = ref(false)
  const error = ref<string | null>(null)
  const cache = new MapCache(cacheBytes)
  const latest = useLatest()
  let ended = false
  onScopeDispose(() => (ended = true))

  watch(
    request,
    async (next) => {
      error.value = null
      if (next?.sentence !== fetched.value?.request.sentence) {
        cache.clear()
        fetched.value = null
      }
      const known = next && cached(cache, next)
      loading.value = next !== null && !known
      try {
        // Goes through `latest` in every case: what is under way for an older request must not come after this one.
        const raw = await latest(next && !known ? fetch(client, next) : Promise.resolve(known))
        if (ended || !next || !raw) return
        cache.put(cacheKey(next), raw)
        fetched.value = { request: next, raw }
      } catch (failure) {
        if (failure instanceof Superseded || ended) return
        fetched.value = null
        error.value = failure instanceof Error ? failure.message : String(failure)
      }
      loading.value = false
    },
    { immediate: true }
  )
  return { fetched, loading, error }
}

function cacheKey({ layer, head }: MapRequest): string {
  return head === null ? `${layer}` : `${layer}/${head}`
}

/** The map itself, or its part of a layer that was fetched whole. */
function cached(cache: MapCache, request: MapRequest): RawAttention | undefined {
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

async function fetch(client: Pick<Client, 'call'>, { sentence, layer, head }: MapRequest): Promise<RawAttention> {
  const of = { modelId: sentence.modelId, sentence: sentence.sentence, layer }
  const { shape, data } =
    head === null ? await client.call('attention.layer', of) : await client.call('attention.head', { ...of, head })
  const [heads, tokens] = head === null ? [shape[0]!, shape[1]!] : [1, shape[0]!]
  if (tokens !== sentence.analysis.tokens.length) {
    throw new Error(
      `The map has ${tokens} tokens, the sentence ${sentence.analysis.tokens.length}; choose the sentence again.`
    )
  }
  return { heads, tokens, weights: data }
}
