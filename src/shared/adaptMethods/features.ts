import * as v from 'valibot'
import { describeAdaptation } from './method'

/** The model stays as it is; a head is trained on one of its layers or on a mix of all of them. */
export const features = describeAdaptation({
  kind: 'features',
  title: 'Feature extraction',
  explanation: 'The model stays as it is; only a head is trained, on its last layer or on a learned mix of all layers.',
  usual: { model: 0, head: 1e-2, epochs: 40, batch: 32 },
  trainsModel: false,
  fields: {
    reads: {
      schema: v.optional(v.picklist(['last', 'mix']), 'last'),
      flag: 'reads',
      label: 'Reads',
      hint: 'What the head reads: the last layer, or a learned mix of all layers',
      range: 'last or mix',
      type: 'choice',
      choices: [
        { value: 'last', title: 'Last layer', hint: 'The hidden state of the last layer' },
        { value: 'mix', title: 'Mix of all layers', hint: 'A weighted sum of all layers, its weights learned' }
      ],
      inWindow: true
    }
  },
  summary: ({ reads }) => (reads === 'mix' ? 'features, mix of layers' : 'features, last layer'),
  sentence: ({ reads }) =>
    reads === 'mix'
      ? 'The model was not changed: a head was trained on a learned mix of all layers [peters2018].'
      : 'The model was not changed: a head was trained on its last layer [peters2019].',
  cites: ['peters2018', 'peters2019']
})
