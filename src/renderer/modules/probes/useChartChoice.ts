import { curveKinds, type CurveKind } from '@shared/curveSettings'
import { computed } from 'vue'
import { measures, measuresOf, measuresToAsk } from '@/plots/probeMeasures'
import { useProbeStore } from '@/stores/probeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { curveKindsOf } from './curveOptions'
import { useProbePreferences } from './preferences'

/** The chart and the measure in view: those that were chosen, where the run or the task in view has them. */
export function useChartChoice() {
  const probes = useProbeStore()
  const selection = useSelectionStore()
  const preferences = useProbePreferences()

  const offered = computed(() =>
    probes.current ? measuresToAsk(probes.current) : [measures.accuracy, measures.macroF1, measures.selectivity]
  )
  const measureOptions = computed(() =>
    offered.value.map(({ name, title, explanation }) => ({ value: name, title, hint: explanation }))
  )
  /** The measure that was chosen, where the run in view has it. */
  const measure = computed({
    get: () =>
      offered.value.some(({ name }) => name === preferences.measure)
        ? preferences.measure
        : (offered.value[0]?.name ?? 'accuracy'),
    set: (name) => (preferences.measure = name)
  })
  /** Asked for, but not part of the run in view. */
  const lacking = computed(() =>
    probes.current && !measuresOf(probes.current).some(({ name }) => name === measure.value) ? measure.value : null
  )
  const chartKinds = computed(() => [
    { value: 'layers' as const, title: 'By layer', hint: 'A measure by layer' },
    ...curveKindsOf(selection.task).map((value) => ({
      value,
      title: curveKinds[value].title,
      hint: curveKinds[value].explanation
    }))
  ])
  /** The chart that was chosen, where the task in view has it. */
  const chartKind = computed<'layers' | CurveKind>({
    get: () => chartKinds.value.find(({ value }) => value === preferences.chart)?.value ?? 'layers',
    set: (kind) => (preferences.chart = kind)
  })

  return { measure, measureOptions, lacking, chartKind, chartKinds }
}
