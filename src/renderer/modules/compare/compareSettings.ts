import { similarityMeasureNames, type SimilarityMeasure } from '@shared/compare'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref, shallowRef } from 'vue'
import { keepSettings } from '@/composables/keepSettings'
import type { DepthAxis } from '@/plots/depthLines'
import type { CompareMeasure } from './curves'

const key = 'compare'

/** Words that layers are compared on, by the name of the choice. */
export const sampleChoices = { '1000': 1000, '4000': 4000, '10000': 10_000, all: null } as const
export type SampleChoice = keyof typeof sampleChoices

const saved = v.object({
  /** Folders of the models compared; null before the person chose any. */
  paths: v.fallback(v.nullable(v.array(v.string())), null),
  measure: v.fallback(v.picklist(['accuracy', 'macroF1', 'selectivity', 'control']), 'accuracy'),
  axis: v.fallback(v.picklist(['relative', 'absolute']), 'relative'),
  fullRange: v.fallback(v.boolean(), false),
  estimator: v.fallback(v.picklist(similarityMeasureNames), 'debiased'),
  sample: v.fallback(v.picklist(['1000', '4000', '10000', 'all']), '4000')
})

/** Settings of the view that outlive it and a restart. */
export const useCompareSettings = defineStore('compareSettings', () => {
  const paths = shallowRef<string[] | null>(null)
  const measure = ref<CompareMeasure>('accuracy')
  const axis = ref<DepthAxis>('relative')
  const fullRange = ref(false)
  const estimator = ref<SimilarityMeasure>('debiased')
  const sample = ref<SampleChoice>('4000')

  const restored = keepSettings(key, saved, { paths, measure, axis, fullRange, estimator, sample }, ['paths'])
  return { paths, measure, axis, fullRange, estimator, sample, restored }
})
