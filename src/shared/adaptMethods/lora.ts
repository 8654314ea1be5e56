import * as v from 'valibot'
import { positive, whole } from '../probeMethods/method'
import { describeAdaptation } from './method'

/** Low-rank changes of queries and values (Hu et al. 2022). */
export const lora = describeAdaptation({
  kind: 'lora',
  title: 'LoRA',
  explanation: 'A low-rank change is added to queries and values and trained with the head; the rest stays as it is.',
  usual: { model: 1e-3, head: 1e-3, epochs: 4, batch: 16 },
  trainsModel: true,
  fields: {
    rank: {
      schema: v.optional(whole(1, 1024), 8),
      flag: 'lora-rank',
      label: 'Rank',
      hint: 'Rank of the change',
      range: 'a whole number from 1 to 1,024',
      type: 'number',
      inWindow: true
    },
    alpha: {
      schema: v.optional(positive(10_000), 16),
      flag: 'lora-alpha',
      label: 'Alpha',
      hint: 'The change is multiplied by alpha / rank',
      range: 'a number above 0, at most 10,000',
      type: 'number',
      inWindow: true
    }
  },
  summary: ({ rank }) => `LoRA of rank ${rank}`,
  sentence: ({ rank, alpha }) =>
    `A change of rank ${rank} (alpha ${alpha}) was added to queries and values and trained with the head [hu2022].`,
  cites: ['hu2022']
})
