import * as v from 'valibot'
import { whole } from '../probeMethods/method'
import { describeAdaptation } from './method'

/** From the top down, some blocks more in each epoch (Howard & Ruder 2018, section 3.3). */
export const gradual = describeAdaptation({
  kind: 'gradual',
  title: 'Gradual unfreezing',
  explanation:
    'First the head alone, then some blocks more in each epoch from the top down; everything trains in the last epoch.',
  usual: { model: 2e-4, head: 2e-3, epochs: 5, batch: 16 },
  trainsModel: true,
  fields: {
    blocksAnEpoch: {
      schema: v.optional(whole(1, 100), 2),
      flag: 'blocks-an-epoch',
      label: 'Blocks an epoch',
      hint: 'Blocks that begin to train with each epoch after the first',
      range: 'a whole number from 1 to 100',
      type: 'number',
      inWindow: true
    }
  },
  summary: ({ blocksAnEpoch }) => `gradual, ${blocksAnEpoch} an epoch`,
  sentence: ({ blocksAnEpoch }) =>
    'The head was trained alone in the first epoch; with each further epoch ' +
    `${blocksAnEpoch === 1 ? 'one more block' : `${blocksAnEpoch} more blocks`} began to train, from the top down, ` +
    'and everything in the last [howardRuder2018].',
  cites: ['howardRuder2018']
})
