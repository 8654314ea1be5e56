import { describeAdaptation } from './method'

/** Everything trains from the first step on. */
export const full = describeAdaptation({
  kind: 'full',
  title: 'Full fine-tuning',
  explanation: 'All weights train from the first step on, with the head.',
  usual: { model: 1e-4, head: 1e-3, epochs: 4, batch: 16 },
  trainsModel: true,
  fields: {},
  summary: () => 'full',
  sentence: () => 'All weights were trained together with the head [devlin2019].',
  cites: ['devlin2019']
})
