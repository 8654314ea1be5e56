import { layerSimilarities } from '@shared/compare'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const ckaKind: ResultKind<'cka'> = {
  id: 'cka',
  command: 'compare',
  summarise: ({ modelB, estimator, words, values }) => {
    const last = values.data.at(-1) ?? NaN
    const score = Number.isNaN(last)
      ? null
      : { measure: `${layerSimilarities[estimator].name} of the last layers`, value: last, layer: null }
    return figures(`${layerSimilarities[estimator].title} with ${modelB.name}`, score, words)
  },
  rows: ({ modelA, modelB, estimator, values }) => ({
    columns: [`layer of ${modelA.name}`, `layer of ${modelB.name}`, layerSimilarities[estimator].name.toLowerCase()],
    rows: Array.from(values.data, (value, i) => [
      Math.floor(i / values.shape[1]!),
      i % values.shape[1]!,
      Number.isNaN(value) ? null : value
    ])
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Every layer of ${result.modelA.name} was compared with every layer of ${result.modelB.name} by ` +
        `${layerSimilarities[result.estimator].title} [${layerSimilarities[result.estimator].cites.join(', ')}] over ` +
        `${result.words.toLocaleString('en')} words of '${result.dataset.split}' of ${result.dataset.name}.`
    ),
  cites: (result) => [...layerSimilarities[result.estimator].cites, ...computed(result)],
  describe: ({ modelA, modelB, estimator, words }) =>
    `${layerSimilarities[estimator].name} of ${modelA.name} and ${modelB.name}, ${words} words`
}
