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
  /**
   * Takes all batches of a chunk through a model together, where that is better than one after another.
   * @param after is called after each part of the work, with its share of the tokens
   */
  runTogether?(
    batches: readonly WordBatch[],
    targets: readonly Float32Array[],
    after: (tokens: number) => Promise<void>
  ): Promise<void>
  /** Writes the vector of every word of the batch to its row of `targets`, one array [rows, width] for each layer. */
  run(batch: WordBatch, targets: readonly Float32Array[]): Promise<void>
  close(): void
}

/** In this process, one batch after another. */
export function localRunner(model: LoadedModel, hooks?: Hooks): BatchRunner {
  return {
    parallel: 1,
    run: (batch, targets) => Promise.resolve(poolBatch(model, batch, targets, hooks)),
    ...(model.info.memory.streamed &&
      model.runInSteps && { runTogether: (...work) => poolTogether(model, hooks, ...work) }),
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

/**
 * All batches go through a block before any goes through the next, so that each block is read once. What is kept of a
 * batch is what the next block reads.
 */
async function poolTogether(
  model: LoadedModel,
  hooks: Hooks | undefined,
  batches: readonly WordBatch[],
  targets: readonly Float32Array[],
  after: (tokens: number) => Promise<void>
): Promise<void> {
  const kernels = activeKernels()
  const passes = batches.map(({ input, spans }) => ({
    tokens: input.ids.length,
    steps: model.runInSteps!(
      input,
      {
        hiddenStates: false,
        attentions: false,
        takeHidden: (layer, hidden) => kernels.poolRows(hidden, spans, targets[layer]!)
      },
      { hooks }
    )
  }))
  try {
    // The first step is the embeddings.
    for (let layer = 0; layer <= model.shape.layers; layer++)
      for (const { steps, tokens } of passes) {
        steps.next()
        await after(tokens / targets.length)
      }
  } finally {
    for (const { steps } of passes) steps.return(undefined as never)
  }
}
