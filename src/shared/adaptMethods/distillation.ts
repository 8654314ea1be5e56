import * as v from 'valibot'
import { positive, whole } from '../probeMethods/method'
import { describeAdaptation } from './method'

/** A smaller transformer learns from what the model predicts (Hinton et al. 2015; Sanh et al. 2019). */
export const distillation = describeAdaptation({
  kind: 'distillation',
  title: 'Distillation',
  explanation:
    'The model, which has a head for the task, teaches a smaller one: some of its own blocks, or another model. The ' +
    'student learns the probabilities that the teacher gives, and the labels.',
  usual: { model: 1e-4, head: 1e-3, epochs: 4, batch: 16 },
  trainsModel: true,
  teaches: true,
  fields: {
    every: {
      schema: v.optional(whole(1, 1000), 2),
      flag: 'keep-every',
      label: 'Keep one of',
      hint: 'The student begins with one block of every so many of the model, the lowest of each',
      range: 'a whole number from 1 to 1,000',
      type: 'number',
      inWindow: true
    },
    temperature: {
      schema: v.optional(positive(1000), 2),
      flag: 'temperature',
      label: 'Temperature',
      hint: 'Scores of teacher and student are divided by it before the softmax',
      range: 'a number above 0, at most 1,000',
      type: 'number',
      inWindow: true
    },
    soft: {
      schema: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000)), 0.5),
      flag: 'soft-weight',
      label: 'Soft weight',
      hint: 'Weight of the divergence from what the teacher predicts',
      range: 'a number from 0 to 1,000',
      type: 'number',
      inWindow: true
    },
    hard: {
      schema: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000)), 0.5),
      flag: 'hard-weight',
      label: 'Hard weight',
      hint: 'Weight of the cross-entropy with the labels',
      range: 'a number from 0 to 1,000',
      type: 'number',
      inWindow: true
    }
  },
  summary: ({ temperature }) => `distillation at temperature ${temperature}`,
  sentence: ({ temperature, soft, hard }) =>
    `The student learned from the model's predictions [hinton2015; sanh2019]: ${soft} times the divergence from them ` +
    `at a temperature of ${temperature}, times its square, and ${hard} times the loss of the labels.`,
  cites: ['hinton2015', 'sanh2019']
})
