import type { TrainingBatch } from '../trainingBatch'
import { batchOf, type Sequence } from './batches'

/** What an objective learns from, as batches. */
export interface Source {
  objective: string
  /** Tokens of each sequence. */
  lengths: readonly number[]
  /** Some of the sequences as they are read in an epoch. */
  make(chosen: readonly number[], epoch: number): TrainingBatch
}

/**
 * Labelled sequences, the same in every epoch.
 * @param labelled the objective that the labels are of, where another one learns from them
 */
export function examplesSource(
  objective: string,
  examples: readonly Sequence[],
  perToken: boolean,
  labelled = objective
): Source {
  const lengths = examples.map(({ ids }) => ids.length)
  return { ...drawnSource(labelled, { lengths, sequence: (example) => examples[example]! }, perToken), objective }
}

/** Sequences that every epoch draws again: masked, or changed. */
export function drawnSource(
  objective: string,
  { lengths, sequence }: { lengths: readonly number[]; sequence(example: number, epoch: number): Sequence },
  perToken: boolean
): Source {
  return {
    objective,
    lengths,
    make: (chosen, epoch) =>
      batchOf(
        chosen.map((example) => sequence(example, epoch)),
        objective,
        perToken
      )
  }
}
