import { departure, isBeyondChance } from '@shared/expertLoad'
import type { ResultKind } from '../kind'
import { computed, figures, methodsOf, onCorpus } from './ablationWords'

export const expertsKind: ResultKind<'experts'> = {
  id: 'experts',
  command: 'experts',
  summarise: ({ layers, label, words }) => {
    const best = layers.reduce((a, b) => (b.information > a.information ? b : a))
    const score = { measure: 'information (bits)', value: best.information, interval: null, layer: best.layer }
    return figures(`experts by ${label.title}`, score, words)
  },
  rows: ({ layers, classes }) => ({
    columns: ['router', 'layer', 'class', 'words', 'expert', 'share', 'expected', 'departure', 'beyondChance'],
    rows: layers.flatMap((load) =>
      classes.flatMap(({ name, words }, row) =>
        load.expected.map((expected, expert) => [
          load.site,
          load.layer,
          name,
          words,
          expert + 1,
          load.shares[row]![expert]!,
          expected,
          departure(load, row, expert),
          isBeyondChance(load, row, expert) ? 'yes' : 'no'
        ])
      )
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `The share of words that go to each expert of ${result.modelName} was counted by ${result.label.title} ` +
        `${onCorpus(result)}. A share is beyond chance where it is farther from that of all words than any of its ` +
        `label in ${result.shuffles} shuffles of the labels between words.`
    ),
  cites: (result) => computed(result),
  describe: ({ layers, label }) => `${label.title}, ${layers.length} layers with experts`
}
