import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref } from 'vue'
import { keepSettings } from '@/composables/keepSettings'

export type ProjectionMethod = 'umap' | 'pca'

const key = 'projection'

/** Most points of a cohort by the name of its choice. */
export const pointChoices = { '2000': 2000, '5000': 5000, '10000': 10_000, all: null } as const
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
  /** Each layer starts from where the points are in the last one, so that they can be followed. */
  const follow = ref(true)

  const restored = keepSettings(key, saved, { method, metric, points, neighbourhood, minDist, follow })
  return { method, metric, points, neighbourhood, minDist, follow, restored }
})
