import { ranksField, trainingFields, trainingSentence } from './fields'
import { describeMethod } from './method'

/** A linear probe through few dimensions, trained at every rank; the last one is kept and scored in full. */
export const lowRank = describeMethod({
  kind: 'lowRank',
  target: 'classes',
  title: 'Low-rank',
  explanation: 'A linear probe of low rank: how small a subspace holds the label.',
  reads: 'layer',
  answersLater: true,
  fields: { ranks: ranksField(10), ...trainingFields },
  summary: ({ ranks }) => `rank ${ranks.at(-1)}`,
  sentence(options) {
    const { ranks } = options
    const further = ranks.length > 1 ? `, chosen in advance; ranks ${ranks.join(', ')} were trained as well` : ''
    return (
      `The probe is a softmax over a linear map of rank ${ranks.at(-1)}${further}. ` +
      trainingSentence(options, 'items')
    )
  },
  cites: () => ['kingmaBa2015']
})
