import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, light } from './ablationWords'

export const factsKind: ResultKind<'facts'> = {
  id: 'facts',
  passing: light,
  // Parts of the weights, such as the head, are only held once something needs them.
  measured: ['memoryBytes'],
  summarise: ({ words, subwords }) =>
    figures(
      'subwords',
      words > 0 ? { measure: 'subwords per word', value: subwords / words, layer: null } : null,
      words
    ),
  rows: ({ memoryBytes, words, subwords, splitWords, missingWords }) => ({
    columns: ['items', 'subwords', 'split_words', 'missing_words', 'memory_bytes'],
    rows: [[words, subwords, splitWords, missingWords, memoryBytes]]
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `The tokenizer of ${listed.subject.model.name} splits ${result.words.toLocaleString('en')} words of ` +
        `'${listed.subject.data.parts}' of ${listed.subject.data.name} into ` +
        `${result.subwords.toLocaleString('en')} subwords, special tokens left out.`
    ),
  cites: computed,
  describe: ({ words }) => `Subwords of ${words} words`
}
