import * as tf from '@tensorflow/tfjs-core'
import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { JobHandle } from '@shared/jobs'
import { joinWindows } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import type { LoadedModel } from '../models/model'
import { readOut } from '../probes/solvers/readOut'
import type { Variant } from './evaluate'
import { free } from './sentenceEffect'

/** Attention maps of one run held at a time, in numbers. */
const mapsAtATime = 1 << 24

/** By variant [layers * heads, sentences]: sums over queries, and the queries of each sentence. */
export interface AttentionSums {
  sums: Float64Array[]
  count: Float64Array
}

/**
 * How far each head's attention has moved: the total variation distance of a query's attention with and
 * without the change, half the summed absolute difference, from 0 to 1. A skipped block attends to nothing:
 * all of it has changed.
 * @param sentences ascending; those of the windows
 */
export async function attentionChanges(
  model: LoadedModel,
  windows: readonly Window[],
  sentences: Int32Array,
  variants: readonly Variant[],
  job: JobHandle
): Promise<AttentionSums> {
  const { layers, heads } = model.shape
  const column = new Map(Array.from(sentences, (sentence, i) => [sentence, i]))
  const count = new Float64Array(sentences.length)
  const sums = variants.map(() => new Float64Array(layers * heads * sentences.length))
  const longest = Math.max(...windows.map(({ ids }) => ids.length))
  const batches = batchesOf(
    windows,
    Math.min(1024, Math.max(longest, Math.floor(mapsAtATime / (layers * heads * longest))))
  )
  const wanted = { hiddenStates: false, attentions: true }
  const total = batches.length * (variants.length + 1)
  let done = 0
  const step = async (): Promise<void> => {
    job.progress(done++, total, 'Comparing attention')
    await job.yield()
  }
  for (const batch of batches) {
    await step()
    const input = joinWindows(batch)
    batch.forEach(({ sentence, ids }) => (count[column.get(sentence)!]! += ids.length))
    const plain = model.run(input, wanted)
    try {
      for (const [v, { hooks, block }] of variants.entries()) {
        await step()
        const changed = model.run(input, wanted, { hooks })
        plain.attentions.forEach((map, layer) => {
          if (layer < (block ?? 0)) return
          const other = changed.attentions[layer]
          const distances = map && other ? distancesOf(map, other, batch) : null
          batch.forEach(({ sentence, ids }, w) => {
            for (let head = 0; head < heads; head++)
              sums[v]![(layer * heads + head) * sentences.length + column.get(sentence)!]! += distances
                ? distances[w * heads + head]!
                : ids.length
          })
        })
        free(changed)
      }
    } finally {
      free(plain)
    }
  }
  return { sums, count }
}

/** Summed over the queries of each window, [windows * heads]. */
function distancesOf(map: Tensor4D, other: Tensor4D, batch: readonly Window[]): Float32Array {
  const tokens = map.shape[2]
  // Places past the end of a shorter sequence are ignored.
  const real = new Float32Array(batch.length * tokens)
  batch.forEach(({ ids }, w) => real.fill(1, w * tokens, w * tokens + ids.length))
  return readOut(
    tf.tidy(() => {
      const byQuery = tf.mul(0.5, tf.sum(tf.abs(tf.sub(map, other)), 3))
      return tf.sum(tf.mul(byQuery, tf.tensor3d(real, [batch.length, 1, tokens])), 2)
    })
  )
}
