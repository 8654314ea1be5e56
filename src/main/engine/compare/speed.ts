import type { JobHandle } from '@shared/jobs'
import { joinWindows, tokenBudget } from '../activations/extract'
import { batchesOf, windowsOf } from '../activations/windows'
import type { LoadedModel } from '../models/model'

/** Passes over the text, of which the median counts. */
const wantedPasses = 5
/** After this many seconds no further pass is begun: a large model is measured by one. */
const patienceSeconds = 6

export interface MeasuredPace {
  words: number
  /** Special tokens included. */
  subwords: number
  /** Of the median pass. */
  seconds: number
  passes: number
}

/**
 * Runs a text through a model as an extraction does: batches of sentences of similar length, every hidden state read
 * back. Neither tokenising nor pooling nor writing is counted. The first batch warms up.
 */
export async function measurePace(
  model: LoadedModel,
  sentences: readonly (readonly string[])[],
  job: JobHandle
): Promise<MeasuredPace> {
  const tokenizer = model.needTokenizer()
  await tokenizer.prepare(sentences.flat())
  const batches = batchesOf(
    sentences.flatMap((sentence, i) => windowsOf(tokenizer, i, sentence)),
    tokenBudget()
  ).map(joinWindows)
  const run = (batch: (typeof batches)[number]): void => {
    for (const tensor of model.run(batch, { hiddenStates: true, attentions: false }).hiddenStates) {
      tensor.dataSync()
      tensor.dispose()
    }
  }
  if (batches[0]) run(batches[0])
  const passes: number[] = []
  let total = 0
  while (passes.length < wantedPasses && (passes.length === 0 || total < patienceSeconds)) {
    let seconds = 0
    for (const [index, batch] of batches.entries()) {
      const started = performance.now()
      run(batch)
      // Work for others between two batches is not counted.
      seconds += (performance.now() - started) / 1000
      job.progress(passes.length * batches.length + index + 1, wantedPasses * batches.length, 'Running the model')
      await job.yield()
    }
    passes.push(seconds)
    total += seconds
  }
  return {
    words: sentences.reduce((sum, sentence) => sum + sentence.length, 0),
    subwords: batches.reduce((sum, batch) => sum + batch.ids.length, 0),
    seconds: passes.sort((a, b) => a - b)[Math.floor((passes.length - 1) / 2)]!,
    passes: passes.length
  }
}
