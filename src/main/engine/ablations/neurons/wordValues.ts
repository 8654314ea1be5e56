import type { HookName } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import type { Pooling } from '@shared/model'
import { joinWindows, tokenBudget } from '../../activations/extract'
import { poolWords } from '../../activations/pooling'
import { batchesOf, type Window } from '../../activations/windows'
import { Hooks, type Hook } from '../../models/transformer/hooks'
import type { LoadedModel } from '../../models/model'

/** Named values of the words of a text. */
export interface WordValues {
  /** By name: [words, width]. */
  values: Map<HookName, Float32Array>
  /** Sentence and place in it of every word; words without a token are left out. */
  sentences: Int32Array
  positions: Int32Array
}

/**
 * Runs the model over a text and pools named values to words: any value of the forward pass that has a row for every
 * token.
 */
export async function wordValues(
  model: LoadedModel,
  windows: readonly Window[],
  names: readonly HookName[],
  widths: readonly number[],
  pooling: Pooling,
  job: JobHandle
): Promise<WordValues> {
  const taken = windows.map((window) => {
    const met = new Set(window.wordOfToken)
    return Array.from({ length: window.to - window.from }, (_, i) => window.from + i).filter((word) => met.has(word))
  })
  const starts = new Map<Window, number>()
  let words = 0
  windows.forEach((window, w) => {
    starts.set(window, words)
    words += taken[w]!.length
  })
  const wordsOf = new Map(windows.map((window, w) => [window, taken[w]!]))
  const values = new Map(names.map((name, i) => [name, new Float32Array(words * widths[i]!)]))
  const batches = batchesOf(windows, tokenBudget())
  for (const [b, batch] of batches.entries()) {
    job.progress(b, batches.length, 'Running the model')
    await job.yield()
    const hooks = names.map((name, i): [HookName, Hook] => [
      name,
      (value) => {
        const width = widths[i]!
        const rows = value.dataSync<'float32'>()
        let row = 0
        for (const window of batch) {
          const pooled = new Float32Array((window.to - window.from) * width)
          poolWords(rows, row, width, window, pooling, pooled, -window.from)
          wordsOf.get(window)!.forEach((word, n) => {
            const from = (word - window.from) * width
            values.get(name)!.set(pooled.subarray(from, from + width), (starts.get(window)! + n) * width)
          })
          row += window.ids.length
        }
        return value
      }
    ])
    model.run(joinWindows(batch), { hiddenStates: false, attentions: false }, { hooks: new Hooks(hooks) })
  }
  return {
    values,
    sentences: Int32Array.from(windows.flatMap(({ sentence }, w) => taken[w]!.map(() => sentence))),
    positions: Int32Array.from(taken.flat())
  }
}
