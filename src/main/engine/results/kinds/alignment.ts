import { alignmentStates, type AlignmentState, type Retrieval } from '@shared/alignment'
import type { ResultKind } from '../kind'
import { endCells, methodsOf, sampled } from './ablationWords'

const states = Object.keys(alignmentStates) as AlignmentState[]

export const alignmentKind: ResultKind<'alignment'> = {
  id: 'alignment',
  command: 'align',
  summarise: ({ dataset, tested, layers }) => {
    const best = layers.reduce((a, b) => (b.aligned.accuracy > a.aligned.accuracy ? b : a))
    const { accuracy, interval } = best.aligned
    return {
      method: `Alignment of ${dataset.splitA} and ${dataset.splitB}`,
      score: { measure: 'accuracy', value: accuracy, interval, layer: best.layerA },
      curve: layers.map(({ layerA, aligned }) => ({
        layer: layerA,
        value: aligned.accuracy,
        interval: aligned.interval
      })),
      majority: 1 / tested,
      items: tested
    }
  },
  rows: ({ modelA, modelB, layers }) => ({
    columns: [
      `layer of ${modelA.name}`,
      `layer of ${modelB.name}`,
      'vectors',
      'accuracy',
      'low',
      'high',
      'there',
      'back'
    ],
    rows: layers.flatMap((layer) =>
      states.flatMap((state) => {
        const retrieval = layer[state]
        return retrieval ? [[layer.layerA, layer.layerB, alignmentStates[state].title, ...cells(retrieval)]] : []
      })
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `Word vectors of ${result.modelA.name} over '${result.dataset.splitA}' were aligned with those of ` +
        `${result.modelB.name} over '${result.dataset.splitB}' of ${result.dataset.name} [schuster2019]: the mean ` +
        `vectors of ${result.anchors.toLocaleString('en')} words, each other's best translation by the Dice ` +
        `coefficient in ${result.fitted.toLocaleString('en')} parallel sentences [melamed2000], were centred, and an ` +
        'orthogonal map took them to their translations [schonemann1966].',
      `Of ${result.tested.toLocaleString('en')} other sentences, each the mean of its word vectors, the translation ` +
        'was retrieved as the nearest by cosine, in both directions.'
    ),
  cites: (result) => ['schuster2019', 'melamed2000', 'schonemann1966', ...sampled(result)],
  describe: ({ dataset, layers }) => `${dataset.splitA} and ${dataset.splitB}, ${layers.length} layers`
}

function cells({ accuracy, interval, there, back }: Retrieval): (number | null)[] {
  return [accuracy, ...endCells(interval), there, back]
}
