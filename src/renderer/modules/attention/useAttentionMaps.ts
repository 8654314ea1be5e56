import { RecentCache } from '@shared/recentCache'
import { rowsOfSumOne } from '@shared/rowShares'
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import type { Client } from '@/client/client'
import { Superseded, useLatest } from '@/composables/useLatest'
import type { Reading } from '@/stores/reading'
import { combinedWays, isGuessWay, pathPoints, rowOfSizes, type MapWay } from './mapWays'
import type { RawAttention } from './rawAttention'

export interface MapRequest {
  reading: Reading
  layer: number
  /** From 0; null for all heads of the layer. */
  head: number | null
  /** Weights, or what they are combined to. */
  way: MapWay
  /** The token whose guess is explained; null where nothing is explained. */
  token?: number | null
}

export function sameRequest(a: MapRequest, b: MapRequest): boolean {
  return a.reading === b.reading && a.layer === b.layer && a.head === b.head && a.way === b.way && a.token === b.token
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
 * another sentence, and greyed meanwhile where only what is masked is another.
 */
export function useAttentionMaps(
  client: Pick<Client, 'call'>,
  request: () => MapRequest | null,
  jobId: ShallowRef<string | null> = shallowRef(null)
): {
  fetched: ComputedRef<FetchedMap | null>
  loading: Ref<boolean>
  error: Ref<string | null>
} {
  const newest = shallowRef<FetchedMap | null>(null)
  const fetched = computed(() => (newest.value && isShown(newest.value.request, request()) ? newest.value : null))
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
        const raw = await latest(next && !known ? fetch(client, next, jobId) : Promise.resolve(known))
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

/** Whether a map that was asked for may still be shown, greyed, in place of another one. */
function isShown(of: MapRequest, wanted: MapRequest | null): boolean {
  return of.reading.textKey === wanted?.reading.textKey && of.way === wanted.way
}

function cacheKey({ reading, layer, head, way, token }: MapRequest): string {
  if (isGuessWay(way)) return JSON.stringify([reading.key, way, token])
  const ofHead = way === 'weights' || combinedWays[way].of === 'head'
  return JSON.stringify([reading.key, layer, ofHead ? head : null, way])
}

/** The map itself, or its part of a layer that was fetched whole. */
function cached(cache: RecentCache<RawAttention>, request: MapRequest): RawAttention | undefined {
  const own = cache.get(cacheKey(request))
  if (own || request.head === null || request.way !== 'weights') return own
  const layer = cache.get(cacheKey({ ...request, head: null }))
  if (!layer) return undefined
  const cells = layer.tokens * layer.tokens
  return {
    heads: 1,
    tokens: layer.tokens,
    weights: layer.weights.slice(request.head * cells, (request.head + 1) * cells)
  }
}

/** Rows of what are not weights are scaled, so that lines, thresholds and colours mean the same as for weights. */
async function fetch(
  client: Pick<Client, 'call'>,
  { reading, layer, head, way, token }: MapRequest,
  jobId: ShallowRef<string | null>
): Promise<RawAttention> {
  if (way !== 'weights') {
    // What is under way for another map is not wanted any more; it may have ended a moment before.
    if (jobId.value !== null) void client.call('job.cancel', { jobId: jobId.value }).catch(() => undefined)
    jobId.value = crypto.randomUUID()
    if (isGuessWay(way)) {
      const { values } = await client.call('attribution.run', {
        modelId: reading.model.id,
        sentence: reading.sentence,
        method: way,
        steps: pathPoints,
        baseline: 'zero',
        score: 'logProbability',
        target: { kind: 'token', place: token! },
        label: null,
        against: null,
        jobId: jobId.value
      })
      const tokens = values.data.length
      return { heads: 1, tokens, weights: rowsOfSumOne(rowOfSizes(values.data, token!), tokens) }
    }
    const place = { modelId: reading.model.id, sentence: reading.sentence, layer, head: head ?? 0 }
    const { shape, data } = await client.call('attention.combined', { ...place, way, jobId: jobId.value })
    return { heads: 1, tokens: shape[0]!, weights: rowsOfSumOne(data, shape[0]!) }
  }
  const of = { modelId: reading.model.id, sentence: reading.sentence, layer }
  const { shape, data } =
    head === null ? await client.call('attention.layer', of) : await client.call('attention.head', { ...of, head })
  const [heads, tokens] = head === null ? [shape[0]!, shape[1]!] : [1, shape[0]!]
  if (tokens !== reading.tokens.length) {
    throw new Error(`The map has ${tokens} tokens, the sentence ${reading.tokens.length}; choose the sentence again.`)
  }
  return { heads, tokens, weights: data }
}
