import * as v from 'valibot'
import { describeMethod, whole } from './method'

/** A vote of the nearest training items. */
export const nearest = describeMethod({
  kind: 'knn',
  target: 'classes',
  title: 'Nearest neighbours',
  explanation: 'The nearest training items vote: what the geometry shows without training.',
  // It would need the training words.
  reads: 'layer',
  answersLater: false,
  fields: {
    k: {
      schema: v.optional(whole(1, 1000), 5),
      flag: 'k',
      label: 'k',
      hint: 'Number of neighbours that vote',
      range: 'a whole number from 1 to 1,000',
      type: 'number',
      inWindow: true,
      tunable: true
    },
    metric: {
      schema: v.optional(v.picklist(['euclidean', 'cosine']), 'euclidean'),
      flag: 'metric',
      label: 'Metric',
      hint: 'Distance metric',
      range: 'euclidean or cosine',
      type: 'choice',
      choices: [
        { value: 'euclidean', title: 'Euclidean', hint: 'Distance between standardised vectors' },
        { value: 'cosine', title: 'Cosine', hint: 'Angle between standardised vectors' }
      ],
      inWindow: true,
      tunable: true
    }
  },
  summary: ({ k, metric }) => `${k} nearest, ${metric}`,
  sentence: ({ k, metric }) =>
    `The probe is a vote of the ${k} nearest training items by ${metric === 'cosine' ? 'cosine' : 'Euclidean'} ` +
    'distance [coverHart1967].',
  cites: () => ['coverHart1967']
})
