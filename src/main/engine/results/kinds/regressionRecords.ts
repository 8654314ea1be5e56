import type { RegressionResult } from '@shared/regression'
import { aboutSoftware, aboutVectors } from '../export/probeMethodsText'
import type { KindRules } from '../kind'

export const regressionRecords: KindRules<'regression'> = {
  title: 'regression',
  summarise(result) {
    const best = bestRegressionLayer(result)
    return {
      model: result.model,
      dataset: {
        id: result.dataset.id,
        name: result.dataset.name,
        parts: `${result.dataset.trainSplit} to ${result.dataset.testSplit}`
      },
      task: { id: result.task.id, title: result.task.title },
      method: `ridge, alpha ${result.alpha}`,
      score: { measure: 'R²', value: best.r2, interval: best.r2Interval, layer: best.layer },
      curve: result.layers.map(({ layer, r2, r2Interval }) => ({ layer, value: r2, interval: r2Interval })),
      majority: null,
      items: result.testItems,
      backend: result.backend,
      seconds: result.seconds
    }
  },
  methods: (result) => {
    const { model, dataset, task, trainItems, testItems, alpha } = result
    return `A ridge regression [hoerlKennard1970] with alpha ${alpha} over standardised features was trained on every layer of ${model.name} to tell ${task.title.toLowerCase()}, on ${trainItems} items of ${dataset.name} (${dataset.trainSplit}), and tested on ${testItems} of ${dataset.testSplit}. ${aboutVectors(result)} Intervals are 95 % percentile intervals over resampled sentences [efronTibshirani1993]. ${aboutSoftware(result)}`
  },
  cites: () => ['efronTibshirani1993', 'hoerlKennard1970', 'smilkov2019']
}

/** The layer of the highest R2, the lowest of equal ones. */
function bestRegressionLayer({ layers }: RegressionResult): RegressionResult['layers'][number] {
  return layers.reduce((a, b) => (b.r2 > a.r2 ? b : a))
}
