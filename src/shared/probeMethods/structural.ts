import * as v from 'valibot'
import { ranksField, trainingFields, trainingSentence } from './fields'
import { describeMethod, whole } from './method'

/** Hewitt & Manning 2019; batches and annealing are as published. */
export const structural = describeMethod({
  kind: 'structural',
  target: 'trees',
  title: 'Structural',
  explanation: 'Syntax trees as distances and depths in a projection of the space (Hewitt & Manning 2019).',
  // It predicts no labels.
  reads: 'layer',
  answersLater: false,
  fields: {
    ranks: ranksField(64),
    ...trainingFields,
    batch: { ...trainingFields.batch, schema: v.optional(whole(1, 1000), 20) },
    annealing: {
      ...trainingFields.annealing,
      schema: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(1)), 0.1)
    }
  },
  summary: ({ ranks }) => `structural, rank ${ranks.at(-1)}`,
  sentence: (options) =>
    `The structural probe [hewittManning2019] learns a projection of rank ${options.ranks.at(-1)} in which squared ` +
    'distances of words are tree distances, and another for depths; scores are UUAS and root accuracy without ' +
    'punctuation, and Spearman correlations averaged over sentence lengths 5 to 50. ' +
    trainingSentence(options, 'sentences'),
  cites: () => ['kingmaBa2015', 'hewittManning2019']
})
