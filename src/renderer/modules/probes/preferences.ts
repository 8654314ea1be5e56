import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref, watch } from 'vue'
import { client } from '@/client'
import type { ConfusionOrder } from '@/plots/confusionOrder'
import type { MeasureName } from './measures'

const key = 'probes'
const saveDelayMs = 400

/** How the view was last set; what cannot be read falls back on its own. */
const saved = v.object({
  measure: v.fallback(v.picklist(['accuracy', 'macroF1', 'spanF1', 'selectivity']), 'accuracy'),
  fullRange: v.fallback(v.boolean(), false),
  asTable: v.fallback(v.boolean(), false),
  hiddenTasks: v.fallback(v.array(v.string()), []),
  confusionOrder: v.fallback(v.picklist(['frequency', 'confusion']), 'frequency')
})

/** Settings of the probes view that outlive it and a restart. */
export const useProbePreferences = defineStore('probePreferences', () => {
  const measure = ref<MeasureName>('accuracy')
  const fullRange = ref(false)
  const asTable = ref(false)
  /** Tasks whose lines are switched off, by id. */
  const hiddenTasks = ref<string[]>([])
  const confusionOrder = ref<ConfusionOrder>('frequency')

  async function restore(): Promise<void> {
    const state = await client.call('state.load', {}).catch(() => ({}) as Record<string, unknown>)
    const given = state[key]
    const entries = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {}
    const value = v.parse(saved, Object.fromEntries(Object.keys(saved.entries).map((name) => [name, entries[name]])))
    measure.value = value.measure
    fullRange.value = value.fullRange
    asTable.value = value.asTable
    hiddenTasks.value = value.hiddenTasks
    confusionOrder.value = value.confusionOrder
  }

  let timer: ReturnType<typeof setTimeout> | undefined
  void restore().then(() => {
    watch([measure, fullRange, asTable, hiddenTasks, confusionOrder], () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        const value = {
          measure: measure.value, fullRange: fullRange.value, asTable: asTable.value, hiddenTasks: [...hiddenTasks.value], confusionOrder: confusionOrder.value
        }
        // A view setting that is not remembered is no reason to interrupt anyone.
        client.call('state.save', { key, value }).catch(() => undefined)
      }, saveDelayMs)
    })
  })

  return { measure, fullRange, asTable, hiddenTasks, confusionOrder }
})
