import * as tf from '@tensorflow/tfjs-core'
import type { LayerMovement } from '@shared/finetune'
import type { JobHandle } from '@shared/jobs'
import { cosineDistance } from '../activations/sentenceSummary'
import { linearCka, type LayerStack } from '../compare/cka'
import { partOfJob } from '../jobs/partOfJob'
import { spelledToday, trainedTensors } from '../training/saved/trainedTensors'
import { layerOfParameter } from '../training/task/layerOfParameter'
import { batchOf } from '../training/task/batches'
import type { TrainableTransformer } from '../training/trainableTransformer'
import type { FinetuneData } from './finetuneData'
import type { Adaptation } from './finetuneModel'

/** Test words whose hidden states are compared before and after. */
const comparedTokens = 2000

/** Sentences run at once. */
const runAtOnce = 16

/** Hidden states of the compared tokens, [tokens, width] by layer. */
export interface WordStates {
  layers: Float32Array[]
  tokens: number
}

/** The hidden states of the first test sentences as the model has them now, padding left out. */
export async function wordStates(
  transformer: TrainableTransformer,
  { test }: FinetuneData,
  job: JobHandle
): Promise<WordStates> {
  const chosen: FinetuneData['test'] = []
  for (let tokens = 0, i = 0; i < test.length && tokens < comparedTokens; i++) {
    chosen.push(test[i]!)
    tokens += test[i]!.ids.length
  }
  const rows = chosen.reduce((sum, { ids }) => sum + ids.length, 0)
  const found: WordStates = { layers: [], tokens: rows }
  let first = 0
  for (let at = 0; at < chosen.length; at += runAtOnce) {
    await job.yield()
    const some = chosen.slice(at, at + runAtOnce)
    const batch = batchOf(
      some.map(({ ids, segments }) => ({ ids, segments, labels: [0] })),
      'compared',
      false
    )
    const states = tf.tidy(() => transformer.run(batch.tokens).hiddenStates.map((layer) => tf.clone(layer)))
    states.forEach((layer, l) => {
      const [, width] = layer.shape
      const values = layer.dataSync<'float32'>()
      const target = (found.layers[l] ??= new Float32Array(rows * width))
      let row = first
      some.forEach(({ ids }, i) => {
        const from = i * batch.length * width
        target.set(values.subarray(from, from + ids.length * width), row * width)
        row += ids.length
      })
    })
    first += some.reduce((sum, { ids }) => sum + ids.length, 0)
    tf.dispose(states)
  }
  return found
}

/**
 * How far each layer moved: the norm of the change of its weights (LoRA added to them, adapters left out, which the
 * model did not have) relative to the norm of the weights, and how similar the hidden states of the same tokens are
 * before and after.
 */
export async function layerMovement(
  { transformer, initial }: NonNullable<Adaptation['changes']>,
  input: Adaptation['input'],
  before: WordStates,
  data: FinetuneData,
  job: JobHandle
): Promise<LayerMovement[]> {
  const { layers } = input
  const layerOf = layerOfParameter(input.byLayer)
  const changes = new Float64Array(layers + 2)
  const sizes = new Float64Array(layers + 2)
  const now = trainedTensors(transformer)
  for (const name of transformer.checkpoint.names()) {
    const tensor = now[spelledToday(name)]
    // What is not read did not move; adapters of the model are left out.
    if (!tensor || !transformer.parameters.has(name)) continue
    await job.yield()
    const first = initial(name)
    const layer = layerOf(name)
    sizes[layer]! += sumOfSquares(first)
    changes[layer]! += sumOfSquares(tensor.data(), first)
  }
  const after = await wordStates(transformer, data, job)
  const similarities = await similaritiesOf(before, after, job)
  return Array.from(changes, (change, layer) => ({
    layer,
    weights: sizes[layer]! > 0 ? Math.sqrt(change / sizes[layer]!) : 0,
    cosine: similarities[layer]?.cosine ?? null,
    cka: similarities[layer]?.cka ?? null
  }))
}

async function similaritiesOf(
  before: WordStates,
  after: WordStates,
  job: JobHandle
): Promise<{ cosine: number; cka: number | null }[]> {
  const found: { cosine: number; cka: number | null }[] = []
  for (const [l, first] of before.layers.entries()) {
    const second = after.layers[l]!
    const { tokens: rows } = before
    const width = first.length / rows
    let sum = 0
    for (let row = 0; row < rows; row++) sum += 1 - cosineDistance(first, second, row, width)
    const stack = (values: Float32Array): LayerStack => ({ count: 1, width, read: () => values.slice() })
    const [cka] = await linearCka(
      stack(first),
      stack(second),
      { words: rows, estimator: 'debiased', same: false },
      partOfJob(job, 0.95, 1, 'Comparing layers')
    )
    found.push({ cosine: sum / rows, cka: Number.isFinite(cka) ? cka! : null })
  }
  return found
}

/** Of some numbers, or of their differences from others. */
function sumOfSquares(values: ArrayLike<number>, from?: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += (values[i]! - (from ? from[i]! : 0)) ** 2
  return sum
}
