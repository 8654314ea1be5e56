import { fillNormal, seededRandom, shuffle } from '@shared/random'
import { unlabelled } from '../losses'
import type { RowRange } from '../spanVectors'
import type { TrainingBatch } from '../trainingBatch'

/** Tokens of a labelled span, and of the other half of a pair. */
export interface TokenSpans {
  first: RowRange
  second: RowRange | null
}

/** What a batch is made of. */
export interface Sequence {
  ids: ArrayLike<number>
  /** One for the sequence, one for each of its spans, or one for each token. */
  labels: readonly number[]
  /** What is labelled where that is spans. */
  spans?: readonly TokenSpans[] | null
  /** The same with tokens replaced, of the same length; where the model is to read another text. */
  read?: ArrayLike<number>
  /** Segment of each token; left out where all are of the first. */
  segments?: ArrayLike<number> | null
  /** The same with tokens changed, of the same length. */
  perturbed?: ArrayLike<number>
  /** Seed of the direction of noise on its embeddings. */
  noise?: number
  /** What a teacher scores, a row for each label. */
  taught?: Float32Array
  /** How much each label weighs, where they do not weigh alike. */
  weights?: readonly number[]
}

/** Sequences that are sorted by length together: enough for little padding, few enough to stay random. */
const sortedBatches = 16

/**
 * The order of one epoch: batches of sequences of like length, in random order.
 * @returns positions of the sequences of each batch
 */
export function epochBatches(lengths: readonly number[], size: number, seed: number): number[][] {
  const random = seededRandom(seed)
  const order = lengths.map((_, i) => i)
  shuffle(order, random)
  const batches: number[][] = []
  const pool = size * sortedBatches
  for (let first = 0; first < order.length; first += pool) {
    const some = order.slice(first, first + pool).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
    for (let at = 0; at < some.length; at += size) batches.push(some.slice(at, at + size))
  }
  shuffle(batches, random)
  return batches
}

/** All sequences once, sorted by length. */
export function sortedBatchesOf(lengths: readonly number[], size: number): number[][] {
  const order = lengths.map((_, i) => i).sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  return Array.from({ length: Math.ceil(order.length / size) }, (_, i) => order.slice(i * size, (i + 1) * size))
}

/**
 * Sequences as one batch, padded on the right, with the labels of an objective.
 * @param perToken whether each token has a label; otherwise each sequence has one, or each of its spans
 */
export function batchOf(sequences: readonly Sequence[], objective: string, perToken: boolean): TrainingBatch {
  const length = Math.max(...sequences.map(({ ids }) => ids.length))
  const ids = new Int32Array(sequences.length * length)
  const mask = new Uint8Array(ids.length)
  const perturbed = sequences.some((sequence) => sequence.perturbed) ? new Int32Array(ids.length) : null
  const segments = sequences.some((sequence) => sequence.segments) ? new Int32Array(ids.length) : null
  const labels = perToken
    ? new Array<number>(ids.length).fill(unlabelled)
    : sequences.flatMap(({ labels, spans }) => (spans ? labels : labels[0]!))
  sequences.forEach((sequence, row) => {
    const read = sequence.read ?? sequence.ids
    if (sequence.perturbed) perturbed!.set(Array.from(sequence.perturbed), row * length)
    if (sequence.segments) segments!.set(Array.from(sequence.segments), row * length)
    for (let t = 0; t < sequence.ids.length; t++) {
      ids[row * length + t] = read[t]!
      mask[row * length + t] = 1
      if (perToken) labels[row * length + t] = sequence.labels[t]!
    }
  })
  const lengths = sequences.map(({ ids }) => ids.length)
  const tokens = {
    lengths: lengths.map(() => length),
    ids,
    mask: lengths.every((own) => own === length) ? null : mask,
    segments
  }
  return {
    tokens,
    perturbed: perturbed && { ...tokens, ids: perturbed },
    sequences: sequences.length,
    length,
    lengths,
    spans: spansOf(sequences, length),
    labels: { [objective]: labels },
    ...(sequences.some(({ noise }) => noise !== undefined) && { noise: drawnNoise(sequences, length) }),
    ...(sequences.some(({ weights }) => weights) && {
      weights: { [objective]: rowWeights(sequences, length, perToken) }
    }),
    ...(sequences.some(({ taught }) => taught) && { taught: joined(sequences) })
  }
}

/** The direction of the noise on each sequence, 0 where there is padding. @param length rows of a sequence */
function drawnNoise(sequences: readonly Sequence[], length: number): (width: number) => Float32Array {
  return (width) => {
    const all = new Float32Array(sequences.length * length * width)
    sequences.forEach(({ ids, noise }, row) => {
      const from = row * length * width
      fillNormal(all.subarray(from, from + ids.length * width), 1, seededRandom(noise!))
    })
    return all
  }
}

/** The weight of each label; those of padding are not read. */
function rowWeights(sequences: readonly Sequence[], length: number, perToken: boolean): number[] {
  return sequences.flatMap(({ weights, labels, spans }) => {
    const all = weights ?? labels.map(() => 1)
    if (!perToken) return spans ? [...all] : [all[0]!]
    return [...all, ...new Array<number>(length - all.length).fill(1)]
  })
}

/** What a teacher scores of some sequences, one after another. */
function joined(sequences: readonly Sequence[]): Float32Array {
  const rows = sequences.map(({ taught }) => taught!)
  const all = new Float32Array(rows.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const scores of rows) {
    all.set(scores, at)
    at += scores.length
  }
  return all
}

/** The spans of all sequences as rows of a batch; null where there are none. @param length rows of a sequence */
function spansOf(sequences: readonly Sequence[], length: number): TrainingBatch['spans'] {
  const all = sequences.flatMap(({ spans }, row) => (spans ?? []).map((span) => ({ ...span, from: row * length })))
  if (all.length === 0) return null
  const rows = ([first, end]: RowRange, from: number): RowRange => [from + first, from + end]
  return {
    first: all.map(({ first, from }) => rows(first, from)),
    second: all[0]!.second ? all.map(({ second, from }) => rows(second!, from)) : null
  }
}
