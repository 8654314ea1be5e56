import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import type { LayerMix } from '@shared/probe'
import type { OptionsOf, ProbeKind, ProbeMethodOptions } from '@shared/probeMethods'
import type { DenseLayer } from '../solvers/dense'
import type { TrainingSize } from './cost'

/** What a probe is trained on. */
export interface TrainingItems {
  /** [items, width] of every layer the probe reads: of one, or for a mix of all from 0 up to the probed one. */
  layers: readonly Float32Array[]
  width: number
  /** Positions of the items that count, ascending. */
  rows: Int32Array
  /** Sentence of every one of them: whole sentences are held out. */
  sentences: Int32Array
}

export interface FitRequest<K extends ProbeKind> {
  data: TrainingItems
  /** Label sets that share the items, [data.rows.length] each, in [0, classes): the task's and its control's. */
  labels: readonly Int32Array[]
  classes: number
  options: OptionsOf<K>
  seed: number
  /** Which random start, from 0. */
  restart: number
  job: JobHandle
  /** Share of the way, from 0 to 1. */
  onProgress(share: number): void
}

/** The class of highest probability of every row, and that probability. */
export interface Answers {
  predicted: Int32Array
  probability: Float32Array
}

/** A probe that answers. */
export interface TrainedProbe {
  classes: number
  /** Multiplications and additions that an answer takes. */
  operationsPerRow: number
  /**
   * Probabilities [rows, classes] for rows of vectors as they are, [rows, width] of every layer the probe was trained
   * on. Inside a `tf.tidy`.
   */
  probabilities(layers: readonly Tensor2D[]): Tensor2D
  /** A shorter way to the answers to all rows of one layer, where the backend has one; null where it has not. */
  answers?(values: Float32Array): Answers | null
  /**
   * Layers over the vectors as they are (for a mix, over the mixed ones), ReLU between them; null where the probe is no
   * network and cannot be kept so.
   */
  network: DenseLayer[] | null
  /** For a mix: what each layer is multiplied by before they are summed up, and the softmaxed weights behind it. */
  mixed?: { factors: number[]; mix: LayerMix }
  sparsity?: { nonZero: number; weights: number }
  /** Steps of the solver, or passes over the training items. */
  iterations: number
  converged: boolean
  /** The objective at the end. */
  loss: number
  dispose(): void
}

/** What is known of training a kind of probe, whatever it learns. */
export interface MethodFacts {
  kind: ProbeKind
  /** What a result says it was solved with. */
  solver: string
  /** Whether the probe of a layer reads that layer alone or all from 0 up to it. */
  reads: 'layer' | 'upTo'
  /**
   * Whether the seed decides anything of the training. Where it does not, the task is solved once for all seeds, and
   * their control tasks beside it.
   */
  drawn: boolean
  /** Seconds that training takes on one layer, at one rank, the control tasks included. */
  seconds(size: TrainingSize, options: ProbeMethodOptions): number
}

/**
 * A kind of probe that learns classes. Adding one is a file with a `ProbeMethod`, one with its options in
 * src/shared/probeMethods/, and a line in each one's table.
 */
export interface ProbeMethod extends Omit<MethodFacts, 'seconds'> {
  /** The same for all label sets, in their order. */
  fit(request: FitRequest<ProbeKind>): Promise<TrainedProbe[]>
}

/** Options of any probe as those of one kind. @throws TypeError where they are of another */
export function optionsOf<K extends ProbeKind>(kind: K, options: ProbeMethodOptions): OptionsOf<K> {
  const matches = (candidate: ProbeMethodOptions): candidate is OptionsOf<K> => candidate.kind === kind
  if (!matches(options)) throw new TypeError(`Options of '${options.kind}' were given to '${kind}'.`)
  return options
}

/** A method whose functions see the options of its own kind alone. */
export function probeMethod<K extends ProbeKind>(
  kind: K,
  {
    solver,
    reads = 'layer',
    drawn = true,
    seconds,
    fit
  }: {
    solver: string
    reads?: ProbeMethod['reads']
    drawn?: boolean
    seconds(size: TrainingSize, options: OptionsOf<K>): number
    fit(request: FitRequest<K>): Promise<TrainedProbe[]>
  }
): ProbeMethod & MethodFacts {
  return {
    kind,
    solver,
    reads,
    drawn,
    seconds: (size, options) => seconds(size, optionsOf(kind, options)),
    fit: ({ options, ...request }) => fit({ ...request, options: optionsOf(kind, options) })
  }
}
