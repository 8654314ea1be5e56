import type { ResultKind } from '../kind'
import { effectCells, effectColumns, figures, methodsOf, sampled, setText } from './ablationWords'

export const setPairsKind: ResultKind<'setPairs'> = {
  id: 'setPairs',
  command: 'ablate',
  summarise: ({ total, provenance }) =>
    figures(
      `minimal pairs, ${setText(provenance?.request)}`,
      { measure: 'change of accuracy', value: total.effect.difference, interval: total.effect.interval, layer: null },
      total.pairs
    ),
  rows: ({ paradigms, total }) => ({
    columns: ['paradigm', 'items', 'set', 'plain', ...effectColumns],
    rows: [...paradigms, total].flatMap(({ name, pairs, plain, effect, random }) =>
      [effect, ...random].map((one, i) => [
        name,
        pairs,
        i === 0 ? 'the set' : `random ${i}`,
        plain,
        ...effectCells(one)
      ])
    )
  }),
  methods: (result, listed) =>
    methodsOf(
      result,
      listed,
      `${result.modelName} was changed by ${setText(result.provenance?.request)}, and asked which sentence of ` +
        `each of ` +
        `${result.total.pairs} minimal pairs of ${result.data} is more probable.`
    ),
  cites: sampled,
  describe: ({ total }) => `Minimal pairs under a set, ${total.pairs} pairs`
}
