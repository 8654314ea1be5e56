import type { CallInput } from '@shared/contract'

/** What is open, as requests of work on a corpus name it. */
export interface OpenCorpus {
  modelId: string
  datasetId: string
  split: string
}

type Asked<C extends 'ablation.heads' | 'ablation.scan'> = Omit<CallInput<C>, 'jobId'>

/** Words that heads are scored on. */
export const headWords = 10_000

/** What every head attends to, on words drawn from the corpus. */
export function headsRequest(corpus: OpenCorpus, randomTokens = true): Asked<'ablation.heads'> {
  return { ...corpus, maxWords: headWords, draw: 1, ...(randomTokens && { repeated: 1 }) }
}

/** Every head switched off alone, measured by how far the last hidden states move. */
export function scanRequest(corpus: OpenCorpus): Asked<'ablation.scan'> {
  return {
    ...corpus,
    maxWords: 1000,
    draw: 1,
    seed: 1,
    loss: false,
    movement: true,
    probe: null,
    unit: 'head',
    edit: { kind: 'zero' }
  }
}
