import type { Tensor1D } from '@tensorflow/tfjs-core'
import type { TransformerConfig } from './config'
import type { Norm } from './norms'
import { wholeMatrix, type Linear, type WeightSource } from './weightSource'

/** Where a checkpoint keeps residual streams, as in `WeightNames`; {s} is a stream's number, less one for the first. */
export interface StreamNames {
  /** Of the embeddings to a stream, and of a stream back. */
  projection: string
  unembedding: string
  router: string
  routerNorm: string
  prediction: string
  correction: string
  /** In full. */
  scale: string
}

/** What all blocks share: of every stream but the first, [width, width]. */
export interface StreamWeights {
  projections: Linear[]
  unembeddings: Linear[]
}

export interface BlockStreams {
  /** [width, streams] */
  router: Linear
  routerNorm: Norm
  /** [streams, streams * streams]: of each stream, what it takes of all. */
  prediction: Linear
  /** [streams, streams] */
  correction: Linear
  /** [width] */
  scale: Tensor1D
}

/** A low-rank path beside attention. */
export interface AugmentedWeights {
  left: Linear
  right: Linear
  norm: Norm
}

const plain = { bias: false }

/** @param at a name in full */
export function loadStreams(
  source: WeightSource,
  names: StreamNames,
  { streams, width }: TransformerConfig,
  at: (name: string) => string
): StreamWeights | null {
  if (!streams) return null
  const each = (name: string): Linear[] =>
    Array.from({ length: streams.count - 1 }, (_, s) =>
      source.linear([wholeMatrix(at(name.replace('{s}', String(s))), width)], width, plain)
    )
  return { projections: each(names.projection), unembeddings: each(names.unembedding) }
}

/** @param at a name in full, of a name with {i} */
export function loadBlockStreams(
  source: WeightSource,
  names: StreamNames,
  { streams, width, norm }: TransformerConfig,
  at: (name: string) => string
): BlockStreams | null {
  if (!streams) return null
  const { count } = streams
  return {
    router: source.linear([wholeMatrix(at(names.router), count)], width, plain),
    routerNorm: source.norm(at(names.routerNorm), width, norm),
    prediction: source.linear([wholeMatrix(at(names.prediction), count * count)], count, plain),
    correction: source.linear([wholeMatrix(at(names.correction), count)], count, plain),
    scale: source.vector(at(names.scale), width)
  }
}

/** @param at a name in full, of a name with {i} */
export function loadAugmented(
  source: WeightSource,
  stem: string,
  { augmentedRank: rank, width, norm }: TransformerConfig,
  at: (name: string) => string
): AugmentedWeights | null {
  if (!rank) return null
  return {
    left: source.linear([wholeMatrix(at(`${stem}.linear_left`), rank)], width, plain),
    right: source.linear([wholeMatrix(at(`${stem}.linear_right`), width)], rank, plain),
    norm: source.norm(at(`${stem}.post_laurel_norm`), width, norm)
  }
}
