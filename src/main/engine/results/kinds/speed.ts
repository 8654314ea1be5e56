import type { ResultKind } from '../kind'
import { computed, figures, methodsOf } from './ablationWords'

export const speedKind: ResultKind<'speed'> = {
  id: 'speed',
  measured: ['seconds', 'wordsPerSecond', 'subwordsPerSecond', 'passes'],
  summarise: ({ words, wordsPerSecond, threads }) =>
    figures(`${threads} threads`, { measure: 'words per second', value: wordsPerSecond, layer: null }, words),
  rows: ({ words, subwords, seconds, passes, wordsPerSecond, subwordsPerSecond, threads }) => ({
    columns: ['items', 'subwords', 'seconds', 'passes', 'words_per_second', 'subwords_per_second', 'threads'],
    rows: [[words, subwords, seconds, passes, wordsPerSecond, subwordsPerSecond, threads]]
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${listed.subject.model.name} was timed on ${result.words} words of ${listed.subject.data.name}, the ` +
        `median of ` +
        `${result.passes} passes.`
    ),
  cites: computed,
  describe: ({ words }) => `Speed on ${words} words`
}
