import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { joinWindows } from '../activations/extract'
import type { LoadedModel } from '../models/model'
import type { SentenceInput } from './sentenceInput'

/**
 * Reduces the heads of every layer to one map as they are made, so that no more than a layer of them is held.
 * @param layers how many from the first on; layers without attention are left out
 * @param reduce 'mean' or 'max' over heads
 * @param take a layer's map [tokens, tokens], from the first layer up; it is disposed of afterwards
 */
export function eachLayerMap(
  model: LoadedModel,
  sentence: SentenceInput,
  layers: number,
  reduce: 'mean' | 'max',
  take: (map: Tensor2D) => void
): void {
  const { heads } = model.shape
  const wanted = model.info.values.flatMap(({ kind, layer }) =>
    kind === 'attention' && layer !== null && layer <= layers ? [layer - 1] : []
  )
  let partial: Tensor2D | null = null
  const add = (pattern: Tensor4D): Tensor2D =>
    tf.tidy(() => {
      const maps = tf.squeeze(pattern, [0])
      const reduced = reduce === 'mean' ? tf.div(tf.sum(maps, 0), heads) : tf.max(maps, 0)
      if (!partial) return reduced as Tensor2D
      return (reduce === 'mean' ? tf.add(partial, reduced) : tf.maximum(partial, reduced)) as Tensor2D
    })
  model.run(joinWindows([sentence]), {
    hiddenStates: false,
    attentions: new Set(wanted),
    takeAttention: (_block, pattern, firstHead) => {
      const next = add(pattern)
      const isLast = firstHead + pattern.shape[1] === heads
      tf.dispose(partial ? [pattern, partial] : pattern)
      partial = next
      if (!isLast) return
      partial = null
      take(next)
      next.dispose()
    }
  })
}
