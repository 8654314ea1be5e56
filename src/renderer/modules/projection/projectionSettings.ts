import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref, watch } from 'vue'
import { client } from '@/client'

export type ProjectionMethod = 'umap' | 'pca'

const key = 'projection'
const saveDelayMs = 400

/** Most points of a cohort by the name of its choice. */
export const pointChoices = { '2000': 2000, '5000': 5000, '10000': 10_000, 'all': null } as const
export type PointChoice = keyof typeof pointChoices

const saved = v.object({
  method: v.fallback(v.picklist(['umap', 'pca']), 'umap'),
  metric: v.fallback(v.picklist(['cosine', 'euclidean']), 'cosine'),
  points: v.fallback(v.picklist(['2000', '5000', '10000', 'all']), '10000'),
  neighbourhood: v.fallback(v.pipe(v.number(), v.integer(), v.minValue(5), v.maxValue(50)), 15),
  minDist: v.fallback(v.pipe(v.number(), v.minValue(0), v.maxValue(0.99)), 0.1),
  follow: v.fallback(v.boolean(), true)
})

/** Settings of the projection view that outlive it and a restart. */
export const useProjectionSettings = defineStore('projectionSettings', () => {
  const method = ref<ProjectionMethod>('umap')
  const metric = ref<'cosine' | 'euclidean'>('cosine')
  const points = ref<PointChoice>('10000')
  /** Points of a neighbourhood, itself included. */
  const neighbourhood = ref(15)
  const minDist = ref(0.1)
  /** Each layer starts from where the points stand in the last one, so that they can be followed. */
  const follow = ref(true)

  async function restore(): Promise<void> {
    const state = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
    const given = state[key]
    const entries = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
    const value = v.parse(saved, Object.fromEntries(Object.keys(saved.entries).map((name) => [name, entries[name]])))
    method.value = value.method
    metric.value = value.metric
    points.value = value.points
    neighbourhood.value = value.neighbourhood
    minDist.value = value.minDist
    follow.value = value.follow
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  const restored = restore().then(() => {
    watch([method, metric, points, neighbourhood, minDist, follow], ([m, d, p, n, c, f]) => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const value = { method: m, metric: d, points: p, neighbourhood: n, minDist: c, follow: f }
        // A view setting that is not remembered is no reason to interrupt anyone.
        client.call('state.save', { key, value }).catch(() => undefined)
      }, saveDelayMs)
    })
  })
  return { method, metric, points, neighbourhood, minDist, follow, restored }
})
