import { describeAdaptation } from './method'

/** One layer at a time, then all (Felbo et al. 2017, section 3.3). */
export const chainThaw = describeAdaptation({
  kind: 'chainThaw',
  title: 'Chain-thaw',
  explanation:
    'First the head, then each layer by itself from the bottom up, then everything, each stage for the given epochs.',
  usual: { model: 1e-4, head: 1e-3, epochs: 1, batch: 16 },
  trainsModel: true,
  fields: {},
  summary: () => 'chain-thaw',
  sentence: () =>
    'The head was trained first, then every layer by itself from the bottom up, then all of them together, each ' +
    'stage with a new optimiser [felbo2017].',
  cites: ['felbo2017']
})
