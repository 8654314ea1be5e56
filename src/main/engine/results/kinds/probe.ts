import type { ProbeResult } from '@shared/probe'
import { defaultMethod, learnsTrees, methodTitle } from '@shared/probeMethods'
import type { Tuning } from '@shared/tuning'
import { layerRows } from '../export/layerRows'
import { probeCitations, probeMethodsText } from '../export/probeMethodsText'
import { layersText } from '../export/layersText'
import type { ResultKind, StoredResult } from '../kind'

export const probeKind: ResultKind<'probe'> = {
  id: 'probe',
  command: 'probe',
  earlier: {
    mark: 'majority',
    subject: ({ model, dataset, task }) => ({
      model: { id: model.id, name: model.name },
      data: { id: dataset.id, name: dataset.name, parts: `${dataset.trainSplit} to ${dataset.testSplit}` },
      task: { id: task.id, title: task.title }
    }),
    backend: ({ backend }) => backend,
    seconds: ({ seconds }) => seconds.total,
    upgrade: (result) => withSettings(withMethod(result))
  },
  summarise(result) {
    const best = bestLayer(result)
    return {
      method: methodTitle(result.options.probe),
      score: {
        measure: learnsTrees(result.options.probe) ? 'UUAS' : 'accuracy',
        value: best.accuracy,
        interval: best.accuracyInterval,
        layer: best.layer
      },
      curve: result.layers.map(({ layer, accuracy, accuracyInterval, types, conditional, ...measured }) => ({
        layer,
        value: accuracy,
        interval: accuracyInterval,
        ...(measured.control && { control: measured.control.accuracy }),
        ...(measured.selectivity !== undefined && { selectivity: measured.selectivity }),
        ...(types && { seen: types.seen, unseen: types.unseen }),
        ...(conditional && {
          conditional: conditional.accuracy - conditional.baseline,
          conditionalBits: conditional.baselineBits - conditional.bits
        }),
        ...(measured.codelength && { bits: measured.codelength.bits })
      })),
      majority: result.majority.accuracy,
      items: result.testWords
    }
  },
  rows: (result) => layerRows(probeKind.summarise(result)),
  methods: probeMethodsText,
  cites: probeCitations,
  describe: ({ task, layers }) => `${task.title}, ${layersText(layers)}`
}

/** The layer of the highest accuracy, the lowest of equal ones. */
export function bestLayer({ layers }: Pick<ProbeResult, 'layers'>): ProbeResult['layers'][number] {
  return layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
}

/** A run from before there was a choice of probes: they were linear. */
type EarlierResult = Omit<ProbeResult, 'options'> & {
  options: Omit<ProbeResult['options'], 'probe'> & { probe?: undefined; inverseRegularisation: number }
}

function withMethod(result: StoredResult<'probe'> | EarlierResult): StoredResult<'probe'> {
  const { options } = result
  if (options.probe) return result as StoredResult<'probe'>
  const { inverseRegularisation, ...others } = options
  return {
    ...result,
    options: { ...others, probe: { ...defaultMethod('linear'), inverseRegularisation }, codelength: false, restarts: 1 }
  }
}

/** What a run says of tuning, from before anything but C was tuned. */
interface EarlierTuning {
  heldOutSentences: number
  heldOutItems: number
  tried: { value: number; accuracy: number[] }[]
  chosen: number
}

function withSettings(result: StoredResult<'probe'>): StoredResult<'probe'> {
  const { tuning } = result.options as { tuning?: Tuning | EarlierTuning }
  if (!tuning || typeof tuning.chosen !== 'number') return result
  const { heldOutSentences, heldOutItems, tried, chosen } = tuning as EarlierTuning
  return {
    ...result,
    options: {
      ...result.options,
      tuning: {
        heldOutSentences,
        heldOutItems,
        tried: tried.map(({ value, accuracy }) => ({ setting: { inverseRegularisation: value }, accuracy })),
        chosen: { inverseRegularisation: chosen }
      }
    }
  }
}
