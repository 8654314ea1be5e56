import { drawnPartsText } from '@shared/drawing'
import type { RegressionResult } from '@shared/regression'
import { layerRows } from '../export/layerRows'
import { layersText } from '../export/layersText'
import { aboutSoftware, aboutVectors } from '../export/probeMethodsText'
import type { ResultKind } from '../kind'
import { aboutIntervals } from './ablationWords'

export const regressionKind: ResultKind<'regression'> = {
  id: 'regression',
  command: 'probe',
  earlier: {
    mark: 'alpha',
    subject: ({ model, dataset, task }) => ({
      model: { id: model.id, name: model.name },
      data: { id: dataset.id, name: dataset.name, parts: `${dataset.trainSplit} to ${dataset.testSplit}` },
      task: { id: task.id, title: task.title }
    }),
    backend: ({ backend }) => backend,
    seconds: ({ seconds }) => seconds
  },
  summarise(result) {
    const best = bestRegressionLayer(result)
    return {
      method: `ridge, alpha ${result.alpha}`,
      score: { measure: 'R²', value: best.r2, interval: best.r2Interval, layer: best.layer },
      curve: result.layers.map(({ layer, r2, r2Interval }) => ({ layer, value: r2, interval: r2Interval })),
      majority: null,
      items: result.testItems
    }
  },
  rows: (result) => layerRows(regressionKind.summarise(result)),
  methods: (result) => {
    const { model, dataset, task, trainItems, testItems, drawn, alpha } = result
    const drawnText = drawnPartsText(drawn, task.unit)
    return (
      `A ridge regression [hoerlKennard1970] with alpha ${alpha} over standardised features was trained ` +
      `on every layer of ${model.name} to predict ${task.title.toLowerCase()}, on ${trainItems} items of ` +
      `${dataset.name} (${dataset.trainSplit}), and tested on ${testItems} of ${dataset.testSplit}` +
      `${drawnText ? ` (${drawnText})` : ''}. ` +
      `${aboutVectors(result)} ${aboutIntervals(result)} ${aboutSoftware(result)}`
    )
  },
  cites: () => ['efronTibshirani1993', 'hoerlKennard1970', 'smilkov2019'],
  describe: ({ task, layers }) => `${task.title}, ${layersText(layers)}`
}

/** The layer of the highest R2, the lowest of equal ones. */
function bestRegressionLayer({ layers }: RegressionResult): RegressionResult['layers'][number] {
  return layers.reduce((a, b) => (b.r2 > a.r2 ? b : a))
}
