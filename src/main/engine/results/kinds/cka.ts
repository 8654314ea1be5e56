import { similarityMeasures } from '@shared/compare'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

/** By any measure: kept results have the name of the first one. */
export const ckaKind: ResultKind<'cka'> = {
  id: 'cka',
  command: 'compare',
  summarise: ({ modelB, estimator, words, values }) => {
    const last = values.data.at(-1) ?? NaN
    const score = Number.isNaN(last)
      ? null
      : { measure: `${similarityMeasures[estimator].name} of the last layers`, value: last, layer: null }
    return figures(`${similarityMeasures[estimator].title} with ${modelB.name}`, score, words)
  },
  rows: ({ modelA, modelB, estimator, values }) => ({
    columns: [`layer of ${modelA.name}`, `layer of ${modelB.name}`, similarityMeasures[estimator].name.toLowerCase()],
    rows: Array.from(values.data, (value, i) => [
      Math.floor(i / values.shape[1]!),
      i % values.shape[1]!,
      Number.isNaN(value) ? null : value
    ])
  }),
  methods: (result, listed) => {
    const { modelA, modelB, estimator, words, dataset } = result
    const { title, cites } = similarityMeasures[estimator]
    return methodsOf(
      result,
      listed,
      `Every layer of ${modelA.name} was compared with every layer of ${modelB.name} by ${title} ` +
        `[${cites.join(', ')}] over ${words.toLocaleString('en')} words of '${dataset.split}' of ${dataset.name}.`
    )
  },
  cites: (result) => [...similarityMeasures[result.estimator].cites, ...computed(result)],
  describe: ({ modelA, modelB, estimator, words }) =>
    `${similarityMeasures[estimator].name} of ${modelA.name} and ${modelB.name}, ${words} words`
}
