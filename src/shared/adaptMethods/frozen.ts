import * as v from 'valibot'
import { whole } from '../probeMethods/method'
import { describeAdaptation } from './method'

/** The lower layers stay as they are. */
export const frozen = describeAdaptation({
  kind: 'frozen',
  title: 'Frozen lower layers',
  explanation: 'Embeddings and the lower blocks stay as they are; the upper blocks and the head train.',
  usual: { model: 1e-4, head: 1e-3, epochs: 4, batch: 16 },
  trainsModel: true,
  fields: {
    blocks: {
      schema: v.optional(whole(0, 1000), 3),
      flag: 'frozen-blocks',
      label: 'Frozen blocks',
      hint: 'Blocks, counted from the bottom, that stay as they are; embeddings always do',
      range: 'a whole number from 0 to the number of blocks',
      type: 'number',
      inWindow: true
    }
  },
  summary: ({ blocks }) => `frozen up to block ${blocks}`,
  sentence: ({ blocks }) =>
    `Embeddings and the lowest ${blocks} blocks were frozen; the blocks above and the head were trained.`,
  cites: []
})
