import type { CkaResult } from '@shared/compare'
import type { ReferenceKey } from '@shared/references'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const ckaKind: ResultKind<'cka'> = {
  id: 'cka',
  command: 'compare',
  summarise: ({ modelB, estimator, words, values }) => {
    const last = values.data.at(-1) ?? NaN
    const score = Number.isNaN(last) ? null : { measure: 'CKA of the last layers', value: last, layer: null }
    return figures(`${estimator} linear CKA with ${modelB.name}`, score, words)
  },
  rows: ({ modelA, modelB, values }) => ({
    columns: [`layer of ${modelA.name}`, `layer of ${modelB.name}`, 'cka'],
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
        `${result.estimator} linear CKA [${estimatorCited(result).join(', ')}] over ` +
        `${result.words.toLocaleString('en')} words of '${result.dataset.split}' of ${result.dataset.name}.`
    ),
  cites: (result) => [...estimatorCited(result), ...computed(result)],
  describe: ({ modelA, modelB, words }) => `CKA of ${modelA.name} and ${modelB.name}, ${words} words`
}

function estimatorCited({ estimator }: Pick<CkaResult, 'estimator'>): ReferenceKey[] {
  return estimator === 'debiased' ? ['kornblith2019', 'song2012'] : ['kornblith2019']
}
