import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Effect } from '@shared/ablation'
import type { AblationChange, Estimated, LayerChange } from '@shared/ablationEffects'
import type { JobHandle } from '@shared/jobs'
import { tensorData, type FloatTensor } from '@shared/tensorData'
import { joinWindows, tokenBudget } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import type { LoadedModel } from '../models/model'
import { partOfJob } from '../jobs/partOfJob'
import { attentionChanges } from './attentionChange'
import { effectsOf } from './effects'
import { evaluate, type Variant } from './evaluate'
import { ClusterWeights, gramOf, hsic, similarityOf, type Gram } from './gramSimilarity'
import { movement } from './measures/movement'
import { free } from './sentenceEffect'

/** Tokens whose products are held, [tokens, tokens] a layer: 4 MiB each. */
const similarityRows = 1024

/**
 * How far each variant is from the unchanged model, layer by layer and head by head. The first variant is the set in
 * question, the others are random sets of its size. `clusterOf` has the cluster of every sentence of the windows, in
 * ascending order, which intervals resample as a whole. A batch, and the products of some 1,024 tokens, are held at a
 * time.
 */
export async function changeByLayer(
  model: LoadedModel,
  windows: readonly Window[],
  variants: readonly Variant[],
  { seed, clusterOf }: { seed: number; clusterOf: Int32Array },
  job: JobHandle
): Promise<Pick<AblationChange, 'movement' | 'similarity' | 'similarityTokens' | 'attention'>> {
  const { layers, heads } = model.shape
  const all = Array.from({ length: layers + 1 }, (_, layer) => layer)
  const {
    sentences,
    plain,
    variants: moved
  } = await evaluate(model, windows, variants, all.map(movement), partOfJob(job, 0, 0.4))
  const movements: LayerChange[] = []
  for (const layer of all) {
    await job.yield()
    const [chosen, ...random] = effectsOf(moved[layer]!, plain[layer]!, seed, clusterOf).effects
    // The unchanged model does not move, so the difference is the value.
    movements.push({
      layer,
      value: chosen!.value,
      interval: chosen!.interval,
      random: random.map(({ value, interval }) => ({ value, interval }))
    })
  }
  const sample = spreadSample(windows, similarityRows)
  const clusterOfSentence = new Map(Array.from(sentences, (sentence, i) => [sentence, clusterOf[i]!]))
  const weights = new ClusterWeights(
    wordRows(sample).map(({ window }) => clusterOfSentence.get(sample[window]!.sentence)!),
    seed
  )
  const similarities = await layerSimilarities(model, sample, variants, weights, partOfJob(job, 0.4, 0.7))
  const { sums, count } = await attentionChanges(model, windows, sentences, variants, partOfJob(job, 0.7, 1))
  const [chosen, ...random] = sums
  const nothing = { sum: new Float64Array(sentences.length), count }
  const cells: Effect[] = []
  for (let layer = 0; layer < layers; layer++) {
    await job.yield()
    cells.push(
      ...effectsOf(
        chosen!.subarray(layer * heads * sentences.length, (layer + 1) * heads * sentences.length),
        nothing,
        seed,
        clusterOf
      ).effects
    )
  }
  const queries = count.reduce((sum, value) => sum + value, 0)
  const means = (values: Float64Array): number[] =>
    cells.map(
      (_, cell) =>
        values.subarray(cell * sentences.length, (cell + 1) * sentences.length).reduce((sum, value) => sum + value, 0) /
        queries
    )
  const grid = (values: readonly number[]): FloatTensor => tensorData([layers, heads], Float32Array.from(values))
  return {
    movement: movements,
    similarity: all.map((layer) => {
      const [first, ...others] = similarities.map((byLayer) => byLayer[layer]!)
      return { layer, ...first!, random: others }
    }),
    similarityTokens: wordRows(sample).length,
    attention: {
      value: grid(cells.map(({ value }) => value)),
      low: grid(cells.map(({ interval }) => interval?.[0] ?? NaN)),
      high: grid(cells.map(({ interval }) => interval?.[1] ?? NaN)),
      random: tensorData([random.length, layers, heads], Float32Array.from(random.flatMap(means)))
    }
  }
}

/**
 * By variant, the similarity of every layer. Only tokens of words: the special ones are similar in every sentence and
 * large in many models.
 */
async function layerSimilarities(
  model: LoadedModel,
  windows: readonly Window[],
  variants: readonly Variant[],
  weights: ClusterWeights,
  job: JobHandle
): Promise<Estimated[][]> {
  const { layers, width } = model.shape
  const plain: { gram: Gram; own: Float64Array }[] = []
  const total = (variants.length + 1) * (layers + 1)
  let done = 0
  const each = async (
    variant: Variant | null,
    take: (layer: number, gram: Gram, own: Float64Array) => Promise<void>
  ): Promise<void> => {
    // Layers below the change are the same.
    const first = variant === null || variant.block === null ? 0 : variant.block + 1
    const states = await wordStates(model, windows, variant, job)
    for (const [layer, values] of states.entries()) {
      job.progress(done++, total, 'Comparing layers')
      await job.yield()
      if (layer < first) continue
      const gram = await gramOf(values, width, weights, job)
      await take(layer, gram, await hsic(gram, gram, weights, job))
    }
  }
  await each(null, async (_, gram, own) => void plain.push({ gram, own }))
  const byVariant: Estimated[][] = []
  for (const variant of variants) {
    const byLayer = plain.map(({ own }) => similarityOf(own, own, own, weights))
    await each(variant, async (layer, gram, changed) => {
      const { gram: before, own } = plain[layer]!
      byLayer[layer] = similarityOf(await hsic(before, gram, weights, job), own, changed, weights)
    })
    byVariant.push(byLayer)
  }
  return byVariant
}

/** Hidden states of the words' tokens, layer by layer [rows, width], window by window. */
async function wordStates(
  model: LoadedModel,
  windows: readonly Window[],
  variant: Variant | null,
  job: JobHandle
): Promise<Float32Array[]> {
  const { layers, width } = model.shape
  const starts = new Map<Window, number>()
  let rows = 0
  for (const window of windows) {
    starts.set(window, rows)
    rows += wordTokens(window).length
  }
  const states = Array.from({ length: layers + 1 }, () => new Float32Array(rows * width))
  for (const batch of batchesOf(windows, tokenBudget())) {
    await job.yield()
    const run = model.run(
      joinWindows(batch),
      { hiddenStates: true, attentions: false },
      variant ? { hooks: variant.hooks } : {}
    )
    try {
      run.hiddenStates.forEach((state: Tensor2D, layer) => {
        const values = state.dataSync<'float32'>()
        let first = 0
        for (const window of batch) {
          let at = starts.get(window)!
          for (const t of wordTokens(window))
            states[layer]!.set(values.subarray((first + t) * width, (first + t + 1) * width), at++ * width)
          first += window.ids.length
        }
      })
    } finally {
      free(run)
    }
  }
  return states
}

function wordRows(windows: readonly Window[]): { window: number; token: number }[] {
  return windows.flatMap((one, window) => wordTokens(one).map((token) => ({ window, token })))
}

function wordTokens({ ids, wordOfToken }: Window): number[] {
  return Array.from(ids.keys()).filter((t) => wordOfToken[t] !== -1)
}

/** Whole windows spread evenly over the given ones, up to a number of tokens and at least one. */
function spreadSample(windows: readonly Window[], tokens: number): Window[] {
  const whole = windows.reduce((sum, { ids }) => sum + ids.length, 0)
  const count = Math.max(1, Math.min(windows.length, Math.floor((windows.length * tokens) / whole)))
  return Array.from({ length: count }, (_, i) => windows[Math.floor((i * windows.length) / count)]!)
}
