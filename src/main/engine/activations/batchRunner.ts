import type { RowSpans } from '../backends/kernels'
import { activeKernels } from '../backends/activeKernels'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import type { TokenBatch } from '../models/transformer/transformer'

/** One batch of an extraction: what the model reads, and where its words' vectors go. */
export interface WordBatch {
  input: TokenBatch
  spans: RowSpans
}

/** Computes the batches of an extraction. */
export interface BatchRunner {
  /** Largest number of batches in progress at a time. */
  readonly parallel: number
  /** Writes the vector of every word of the batch to its row of `targets`, one array [rows, width] for each layer. */
  run(batch: WordBatch, targets: readonly Float32Array[]): Promise<void>
  close(): void
}

/** In this process, one batch after another. */
export function localRunner(model: LoadedModel, hooks?: Hooks): BatchRunner {
  return {
    parallel: 1,
    run: (batch, targets) => Promise.resolve(poolBatch(model, batch, targets, hooks)),
    close: () => undefined
  }
}

export function poolBatch(
  model: LoadedModel,
  { input, spans }: WordBatch,
  targets: readonly Float32Array[],
  hooks?: Hooks
): void {
  const kernels = activeKernels()
  const { hiddenStates, projected } = model.run(input, { hiddenStates: true, attentions: false }, { hooks })
  projected?.dispose()
  for (const [layer, hidden] of hiddenStates.entries()) {
    kernels.poolRows(hidden, spans, targets[layer]!)
    hidden.dispose()
  }
}
