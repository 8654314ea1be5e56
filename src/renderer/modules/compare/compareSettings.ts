import type { CkaEstimator } from '@shared/compare'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import type { DepthAxis } from '@/plots/depthLines'
import type { CompareMeasure } from './curves'

const key = 'compare'
const saveDelayMs = 400

/** Words CKA is computed on, by the name of the choice. */
export const sampleChoices = { '1000': 1000, '4000': 4000, '10000': 10_000, 'all': null } as const
export type SampleChoice = keyof typeof sampleChoices

const saved = v.object({
  /** Folders of the models compared; null before the person chose any. */
  paths: v.fallback(v.nullable(v.array(v.string())), null),
  measure: v.fallback(v.picklist(['accuracy', 'macroF1', 'selectivity', 'control']), 'accuracy'),
  axis: v.fallback(v.picklist(['relative', 'absolute']), 'relative'),
  fullRange: v.fallback(v.boolean(), false),
  estimator: v.fallback(v.picklist(['debiased', 'biased']), 'debiased'),
  sample: v.fallback(v.picklist(['1000', '4000', '10000', 'all']), '4000')
})

/** Settings of the view that outlive it and a restart. */
export const useCompareSettings = defineStore('compareSettings', () => {
  const paths = shallowRef<readonly string[] | null>(null)
  const measure = ref<CompareMeasure>('accuracy')
  const axis = ref<DepthAxis>('relative')
  const fullRange = ref(false)
  const estimator = ref<CkaEstimator>('debiased')
  const sample = ref<SampleChoice>('4000')

  async function restore(): Promise<void> {
    const state = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
    const given = state[key]
    const entries = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
    const value = v.parse(saved, Object.fromEntries(Object.keys(saved.entries).map((name) => [name, entries[name]])))
    paths.value = value.paths
    measure.value = value.measure
    axis.value = value.axis
    fullRange.value = value.fullRange
    estimator.value = value.estimator
    sample.value = value.sample
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  const restored = restore().then(() => {
    watch([paths, measure, axis, fullRange, estimator, sample], () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const value = {
          paths: paths.value ? [...paths.value] : null, measure: measure.value, axis: axis.value, fullRange: fullRange.value, estimator: estimator.value, sample: sample.value
        }
        // A view setting that is not remembered is no reason to interrupt anyone.
        client.call('state.save', { key, value }).catch(() => undefined)
      }, saveDelayMs)
    })
  })
  return { paths, measure, axis, fullRange, estimator, sample, restored }
})
