import { describeAdaptation } from './method'

/** Biases alone (Ben Zaken et al. 2022). */
export const bitfit = describeAdaptation({
  kind: 'bitfit',
  title: 'BitFit',
  explanation: 'Only the biases train, with the head; models without biases cannot be adapted so.',
  usual: { model: 1e-3, head: 1e-3, epochs: 4, batch: 16 },
  trainsModel: true,
  fields: {},
  summary: () => 'BitFit',
  sentence: () => 'Only the biases were trained, with the head [benZaken2022].',
  cites: ['benZaken2022']
})
