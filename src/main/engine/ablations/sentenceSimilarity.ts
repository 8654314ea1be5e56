import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D } from '@tensorflow/tfjs-core'
import type { SentenceSimilarity } from '@shared/ablationEffects'
import { joinWindows } from '../activations/extract'
import type { Hooks } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import { readOut } from '../probes/solvers/readOut'
import { free } from './sentenceEffect'

/**
 * The cosine of two sentences at every layer; a sentence is the mean of all its tokens, special ones counted, as
 * sentence encoders pool (Reimers & Gurevych 2019).
 */
export function layerCosines(
  model: LoadedModel,
  pair: readonly [{ ids: Int32Array }, { ids: Int32Array }],
  hooks?: Hooks
): number[] {
  const first = pair[0].ids.length
  const second = pair[1].ids.length
  const run = model.run(joinWindows(pair), { hiddenStates: true, attentions: false }, { hooks })
  try {
    return Array.from(
      readOut(
        tf.tidy(() =>
          tf.stack(
            run.hiddenStates.map((state) => {
              const a = tf.mean(tf.slice(state, [0, 0], [first, -1]), 0)
              const b = tf.mean(tf.slice(state, [first, 0], [second, -1]), 0)
              const dot = (x: Tensor, y: Tensor): Tensor => tf.sum(tf.mul(x, y))
              return tf.div(dot(a, b), tf.maximum(tf.sqrt(tf.mul(dot(a, a), dot(b, b))), 1e-30)) as Tensor1D
            })
          )
        )
      )
    )
  } finally {
    free(run)
  }
}

/** @param random hooks of sets of the same size */
export function sentenceSimilarity(
  model: LoadedModel,
  pair: readonly [{ ids: Int32Array }, { ids: Int32Array }],
  hooks: Hooks,
  random: readonly Hooks[]
): SentenceSimilarity {
  const plain = layerCosines(model, pair)
  const changed = layerCosines(model, pair, hooks)
  const others = random.map((one) => layerCosines(model, pair, one))
  return {
    layers: plain.map((value, layer) => ({
      layer,
      plain: value,
      changed: changed[layer]!,
      random: others.map((cosines) => cosines[layer]!)
    })),
    tokens: [pair[0].ids.length, pair[1].ids.length]
  }
}
