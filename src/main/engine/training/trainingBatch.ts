import type { TokenBatch } from '../models/transformer/batch'
import type { RecipeBatch } from './recipe'
import { unlabelled } from './losses'
import type { BatchSpans, RowRange } from './spanVectors'

/** Sequences of one length, padded on the right. */
export interface TrainingBatch {
  tokens: TokenBatch
  /** The same sequences, changed; null where there is no such version. */
  perturbed: TokenBatch | null
  /** Where noise is added to embeddings: its direction [rows, width], whose length does not count. */
  noise?: (width: number) => Float32Array
  sequences: number
  /** Tokens of a sequence, padding included. */
  length: number
  /** Unmasked tokens of each sequence. */
  lengths: readonly number[]
  /** What is labelled where that is spans; left out or null otherwise. */
  spans?: BatchSpans | null
  /** By objective: a label a sequence, a label a span, or a label a row. */
  labels: Readonly<Record<string, readonly number[]>>
  /** How much each of them weighs in the mean, where they do not weigh alike. */
  weights?: Readonly<Record<string, readonly number[]>>
  /** What a teacher scores, [labels, classes]: a row for each sequence, or for each labelled token. */
  taught?: Float32Array
}

export function trainingBatch(batch: RecipeBatch): TrainingBatch {
  const { input_ids: ids, attention_mask: mask, token_type_ids: segments, perturbed_input_ids: perturbed } = batch
  const { spans, embedding_noise: noise } = batch
  const length = ids[0]?.length ?? 0
  const tokens = (rows: readonly number[][]): TokenBatch => ({
    lengths: rows.map(() => length),
    ids: Int32Array.from(rows.flat()),
    mask: mask ? Uint8Array.from(mask.flat()) : null,
    segments: segments ? Int32Array.from(segments.flat()) : null
  })
  const ranges = (of: NonNullable<typeof spans>['first']): RowRange[] =>
    of.map(([sequence, first, end]) => [sequence * length + first, sequence * length + end])
  return {
    tokens: tokens(ids),
    perturbed: perturbed ? tokens(perturbed) : null,
    ...(noise && { noise: () => Float32Array.from(noise.flat(2)) }),
    sequences: ids.length,
    length,
    lengths: ids.map((row, i) => mask?.[i]?.reduce((sum, one) => sum + one, 0) ?? row.length),
    spans: spans ? { first: ranges(spans.first), second: spans.second ? ranges(spans.second) : null } : null,
    labels: Object.fromEntries(Object.entries(batch.labels).map(([name, labels]) => [name, labels.flat()]))
  }
}

/** Rows that have a label. */
export function labelledRows(labels: readonly number[]): Int32Array {
  return Int32Array.from(labels.flatMap((label, row) => (label === unlabelled ? [] : [row])))
}
