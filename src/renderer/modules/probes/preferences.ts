import { curveKinds, type CurveKind } from '@shared/curveSettings'
import { defineStore } from 'pinia'
import * as v from 'valibot'
import { ref } from 'vue'
import { keepSettings } from '@/composables/keepSettings'
import type { ConfusionOrder } from '@/plots/confusionOrder'
import { measureNames, type MeasureName } from '@/plots/probeMeasures'

const key = 'probes'

/** The measures by layer, or one of the curves. */
const charts = ['layers', ...(Object.keys(curveKinds) as CurveKind[])] as const

/** How the view was last set; what cannot be read falls back on its own. */
const saved = v.object({
  measure: v.fallback(v.picklist(measureNames), 'accuracy'),
  fullRange: v.fallback(v.boolean(), false),
  chart: v.fallback(v.picklist(charts), 'layers'),
  asTable: v.fallback(v.boolean(), false),
  hiddenTasks: v.fallback(v.array(v.string()), []),
  confusionOrder: v.fallback(v.picklist(['frequency', 'confusion']), 'frequency')
})

/** Settings of the probes view that outlive it and a restart. */
export const useProbePreferences = defineStore('probePreferences', () => {
  const measure = ref<MeasureName>('accuracy')
  const chart = ref<'layers' | CurveKind>('layers')
  const fullRange = ref(false)
  const asTable = ref(false)
  /** Tasks whose lines are switched off, by id. */
  const hiddenTasks = ref<string[]>([])
  const confusionOrder = ref<ConfusionOrder>('frequency')

  void keepSettings(key, saved, { measure, chart, fullRange, asTable, hiddenTasks, confusionOrder })

  return { measure, chart, fullRange, asTable, hiddenTasks, confusionOrder }
})
