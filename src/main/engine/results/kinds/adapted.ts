import { formatCounted } from '@shared/counts'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const adaptedKind: ResultKind<'adapted'> = {
  id: 'adapted',
  command: 'compare',
  summarise: ({ adapted, heads, words }) => {
    const most = heads.data.reduce((a, b) => Math.max(a, b), 0)
    const score = { measure: 'largest change of a head, bits', value: most, layer: null }
    return figures(`heads and neurons of ${adapted.name}`, score, words)
  },
  rows: ({ heads, neurons }) => ({
    columns: ['kind', 'layer', 'number', 'divergence_bits', 'change_sd', 'correlation', 'before', 'after'],
    rows: [
      ...Array.from(heads.data, (value, i) => [
        'head',
        Math.floor(i / heads.shape[1]!) + 1,
        (i % heads.shape[1]!) + 1,
        value,
        null,
        null,
        null,
        null
      ]),
      ...neurons.map(({ layer, neuron, change, correlation, before, after }) => [
        'neuron',
        layer,
        neuron,
        null,
        change,
        correlation,
        before,
        after
      ])
    ]
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${result.adapted.name} was compared with its base ${result.base.name} over ` +
        `${formatCounted(result.words, 'word')} in ${formatCounted(result.sentences, 'sentence')} of ` +
        `'${result.dataset.split}' of ${result.dataset.name}.`,
      'The change of a head is the mean Jensen-Shannon divergence of the rows of its maps [lin1991], in bits.',
      'The change of a neuron is the root mean square difference of its values over the tokens of words, in standard ' +
        'deviations of the base.'
    ),
  cites: (result) => ['lin1991', ...computed(result)],
  describe: ({ base, adapted, words }) => `${base.name} and ${adapted.name}, ${formatCounted(words, 'word')}`
}
