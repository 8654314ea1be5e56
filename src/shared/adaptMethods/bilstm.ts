import * as v from 'valibot'
import { whole } from '../probeMethods/method'
import { distillation } from './distillation'
import { describeAdaptation } from './method'

/** A bidirectional LSTM over word embeddings learns the scores of the model (Tang et al. 2019). */
export const bilstm = describeAdaptation({
  kind: 'bilstm',
  title: 'Distillation into a BiLSTM',
  explanation:
    'The model, which has a head for the task, teaches a bidirectional LSTM of one layer over word embeddings: it ' +
    'learns the scores before the softmax. The model itself stays as it is.',
  usual: { model: 0, head: 1e-3, epochs: 20, batch: 32 },
  trainsModel: false,
  teaches: true,
  fields: {
    hidden: {
      schema: v.optional(whole(1, 4096), 150),
      flag: 'lstm-hidden',
      label: 'Hidden',
      hint: 'Numbers of the cell in each direction',
      range: 'a whole number from 1 to 4,096',
      type: 'number',
      inWindow: true
    },
    dense: {
      schema: v.optional(whole(1, 4096), 200),
      flag: 'lstm-dense',
      label: 'Dense',
      hint: 'Units of the layer between the LSTM and the classes of sentences',
      range: 'a whole number from 1 to 4,096',
      type: 'number',
      inWindow: true
    },
    width: {
      schema: v.optional(whole(1, 4096), 300),
      flag: 'word-width',
      label: 'Word width',
      hint: 'Numbers of a word embedding where no word vectors are given',
      range: 'a whole number from 1 to 4,096',
      type: 'number',
      inWindow: true
    },
    soft: {
      ...distillation.fields.soft,
      schema: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000)), 1),
      hint: "Weight of the distance from the teacher's predictions"
    },
    hard: {
      ...distillation.fields.hard,
      schema: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000)), 0)
    }
  },
  summary: ({ hidden }) => `BiLSTM of ${hidden}`,
  sentence: ({ hidden, dense, soft, hard }) =>
    `The student, a bidirectional LSTM of one layer over word embeddings (${hidden} numbers in each direction, ` +
    `${dense} units before the classes of sentences), learned from the model's scores [tang2019]: ${soft} times the ` +
    `mean squared distance from them and ${hard} times the loss of the labels.`,
  cites: ['tang2019']
})
