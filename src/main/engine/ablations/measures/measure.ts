import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { MeasureInfo } from '@shared/ablation'
import type { Window } from '../../activations/windows'
import type { TokenBatch } from '../../models/transformer/transformer'

/** The result of running some windows, for measures; the caller keeps ownership of its tensors. */
export interface RunValues {
  windows: readonly Window[]
  input: TokenBatch
  /** Hidden state of a layer, [rows, width]. */
  hidden(layer: number): Tensor2D
  /** [rows, vocabulary]; only where a measure needs it. */
  logits: Tensor2D | null
}

/** Sums and counts by window: what is shown is sum / count over any set of sentences. */
export interface Scores {
  sum: Float64Array
  count: Float64Array
}

/** Something that an ablation may change: one file here per measure; the service makes it from the open data. */
export interface Measure extends MeasureInfo {
  /** Whether it reads the language-model head's scores. */
  needsLogits: boolean
  /** One sum and count for every window of the run. `plain` is the run without interventions over the same windows. */
  score(run: RunValues, plain: RunValues): Scores
}
