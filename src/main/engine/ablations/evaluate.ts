import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { joinWindows, tokenBudget } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import type { Start } from '../models/transformer/transformer'
import type { HookName } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import type { Measure, RunValues } from './measures/measure'

/** One change of the model, and the lowest block that it touches: nothing below needs to be computed again. */
export interface Variant {
  hooks: Hooks
  /** Null where the embeddings themselves are changed. */
  block: number | null
  /**
   * Whether the change leaves the outputs of the heads of `block` as they are until they are mixed, so that attention
   * need not be computed again.
   */
  afterAttention: boolean
}

/** Scores of the unchanged model and of each variant, by sentence. */
export interface Evaluation {
  /** Sentences that were run, ascending. */
  sentences: Int32Array
  /** By measure: [sentences]. */
  plain: SentenceScores[]
  /** By measure: [variants, sentences] sums; counts are those of the plain run. */
  variants: Float64Array[]
}

export interface SentenceScores {
  sum: Float64Array
  count: Float64Array
}

/** Logits of a batch that are held at a time, in numbers. */
const logitsAtATime = 1 << 26

/** The model's input, if it differs from the windows: the masked text of a masked language model. */
export type Disguise = (windows: readonly Window[]) => readonly Window[]

/**
 * Runs each batch once unchanged and once more for each variant, from the variant's block up, and scores
 * all measures. A batch's values below a variant are kept while its variants run: memory is that of one batch, however
 * large the corpus.
 */
export async function evaluate(
  model: LoadedModel,
  windows: readonly Window[],
  variants: readonly Variant[],
  measures: readonly Measure[],
  job: JobHandle,
  disguise: Disguise = (windows) => windows
): Promise<Evaluation> {
  const wantLogits = measures.some((measure) => measure.needsLogits)
  const budget = wantLogits
    ? Math.min(tokenBudget(), Math.max(64, Math.floor(logitsAtATime / model.shape.vocabulary)))
    : tokenBudget()
  const batches = batchesOf(windows, budget)
  const sentences = Int32Array.from(new Set(windows.map(({ sentence }) => sentence))).sort()
  const columnOf = new Map(Array.from(sentences, (sentence, i) => [sentence, i]))
  const count = sentences.length
  const plain = measures.map(() => ({ sum: new Float64Array(count), count: new Float64Array(count) }))
  const changed = measures.map(() => new Float64Array(variants.length * count))
  const total = batches.length * (variants.length + 1)
  let done = 0
  const step = async (): Promise<void> => {
    job.progress(done++, total, 'Running the model')
    await job.yield()
  }
  const needed = new Set(
    variants.flatMap(({ block, afterAttention }) => (afterAttention && block !== null ? [block] : []))
  )
  for (const batch of batches) {
    await step()
    const base = runPlain(model, batch, disguise, needed, wantLogits)
    try {
      measures.forEach((measure, m) => {
        const { sum, count: counts } = measure.score(base.values, base.values)
        batch.forEach(({ sentence }, w) => {
          plain[m]!.sum[columnOf.get(sentence)!]! += sum[w]!
          plain[m]!.count[columnOf.get(sentence)!]! += counts[w]!
        })
      })
      for (const [i, variant] of variants.entries()) {
        await step()
        const { hooks, block } = variant
        const start = block === null ? undefined : startOf(base, variant, block)
        const run = model.run(
          base.values.input,
          { hiddenStates: true, attentions: false, logits: wantLogits },
          { hooks, start }
        )
        // Layers below the change are those of the plain run.
        const first = block === null ? 0 : block + 1
        const values: RunValues = {
          ...base.values,
          hidden: (layer) => (layer < first ? base.hiddenStates[layer]! : run.hiddenStates[layer - first]!),
          logits: run.logits
        }
        measures.forEach((measure, m) => {
          const { sum } = measure.score(values, base.values)
          batch.forEach(({ sentence }, w) => (changed[m]![i * count + columnOf.get(sentence)!]! += sum[w]!))
        })
        tf.dispose(run.hiddenStates)
        run.logits?.dispose()
        run.projected?.dispose()
      }
    } finally {
      tf.dispose([base.hiddenStates, [...base.attended.values()]])
      base.values.logits?.dispose()
    }
  }
  return { sentences, plain, variants: changed }
}

function startOf(base: Plain, { afterAttention }: Variant, block: number): Start {
  const residual = base.hiddenStates[block]!
  return afterAttention ? { block, residual, attended: base.attended.get(block)! } : { block, residual }
}

type Plain = ReturnType<typeof runPlain>

function runPlain(
  model: LoadedModel,
  batch: readonly Window[],
  disguise: Disguise,
  needed: ReadonlySet<number>,
  wantLogits: boolean
) {
  const attended = new Map<number, Tensor2D>()
  const hooks = [...needed].map((block): [HookName, Hook] => [
    `blocks.${block}.attn.result`,
    (value) => {
      attended.set(block, tf.keep(tf.clone(value)) as Tensor2D)
      return value
    }
  ])
  const input = joinWindows(disguise(batch))
  const run = model.run(
    input,
    { hiddenStates: true, attentions: false, logits: wantLogits },
    { hooks: new Hooks(hooks) }
  )
  run.projected?.dispose()
  const values: RunValues = { windows: batch, input, hidden: (layer) => run.hiddenStates[layer]!, logits: run.logits }
  return { attended, hiddenStates: run.hiddenStates, values }
}
