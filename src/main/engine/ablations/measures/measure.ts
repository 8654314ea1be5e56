import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { MeasureInfo } from '@shared/ablation'
import type { Window } from '../../activations/windows'
import type { TokenBatch } from '../../models/transformer/transformer'

/** What one run over some windows left behind, as measures see it; tensors stay the caller's. */
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

/** Something an ablation may change: a file beside this, made by the service from what the user has open. */
export interface Measure extends MeasureInfo {
  /** Whether it reads the language-model head's scores. */
  needsLogits: boolean
  /** One sum and count for every window of the run. `plain` is the run without interventions over the same windows. */
  score(run: RunValues, plain: RunValues): Scores
}
