import type { ProbeResult } from '@shared/probe'
import { defaultMethod, learnsTrees, methodTitle } from '@shared/probeMethods'
import { probeCitations, probeMethodsText } from '../export/probeMethodsText'
import type { KindRules } from '../kind'

export const probeRecords: KindRules<'probe'> = {
  title: 'probing run',
  summarise(result) {
    const best = bestLayer(result)
    return {
      model: { id: result.model.id, name: result.model.name },
      dataset: {
        id: result.dataset.id,
        name: result.dataset.name,
        parts: `${result.dataset.trainSplit} to ${result.dataset.testSplit}`
      },
      task: { id: result.task.id, title: result.task.title },
      method: methodTitle(result.options.probe),
      score: {
        measure: learnsTrees(result.options.probe) ? 'UUAS' : 'accuracy',
        value: best.accuracy,
        interval: best.accuracyInterval,
        layer: best.layer
      },
      curve: result.layers.map(({ layer, accuracy, accuracyInterval, control, selectivity, codelength }) => ({
        layer,
        value: accuracy,
        interval: accuracyInterval,
        ...(control && { control: control.accuracy }),
        ...(selectivity !== undefined && { selectivity }),
        ...(codelength && { bits: codelength.bits })
      })),
      majority: result.majority.accuracy,
      items: result.testWords,
      backend: result.backend,
      seconds: result.seconds.total
    }
  },
  upgrade: withMethod,
  methods: probeMethodsText,
  cites: probeCitations
}

/** The layer of the highest accuracy, the lowest of equal ones. */
export function bestLayer({ layers }: Pick<ProbeResult, 'layers'>): ProbeResult['layers'][number] {
  return layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
}

/** A run from before there was a choice of probes: they were linear. */
type EarlierResult = Omit<ProbeResult, 'options'> & {
  options: Omit<ProbeResult['options'], 'probe'> & { probe?: undefined; inverseRegularisation: number }
}

function withMethod(result: ProbeResult | EarlierResult): ProbeResult {
  const { options } = result
  if (options.probe) return result as ProbeResult
  const { inverseRegularisation, ...others } = options
  return {
    ...result,
    options: { ...others, probe: { ...defaultMethod('linear'), inverseRegularisation }, codelength: false, restarts: 1 }
  }
}
