import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { SentenceReading } from '@shared/ablation'
import type { Pooling } from '@shared/model'
import { tensorData } from '@shared/tensorData'
import { poolWords } from '../activations/pooling'
import type { Window } from '../activations/windows'

/** The linear probes of a kept run, one a layer. */
export interface LayerProbes {
  runId: string
  task: string
  pooling: Pooling
  layers: readonly number[]
  classes: readonly string[]
  /** [layers, width + 1, classes], the intercepts as last row. */
  weights: { shape: number[]; data: Float32Array }
}

/**
 * The probes' predictions for every word of a sentence at every layer, unchanged and changed.
 * @param plain hidden states by layer, [tokens, width]
 * @param gold label of every word; null if unknown
 */
export function readSentence(
  probes: LayerProbes,
  window: Window,
  plain: readonly Tensor2D[],
  changed: readonly Tensor2D[],
  gold: readonly (string | null)[] | null
): SentenceReading {
  const { runId, task, layers, classes } = probes
  const words = window.to - window.from
  const both = [plain, changed].map((states) => {
    const answers = new Int32Array(layers.length * words)
    layers.forEach((layer, index) => answers.set(answersAt(probes, index, window, states[layer]!), index * words))
    return tensorData([layers.length, words], answers)
  })
  return {
    runId,
    task,
    layers: [...layers],
    classes: [...classes],
    gold: gold && [...gold.slice(0, words)],
    plain: both[0]!,
    changed: both[1]!
  }
}

/** Class of every word; -1 for a word without a token. */
function answersAt({ pooling, weights }: LayerProbes, index: number, window: Window, state: Tensor2D): Int32Array {
  const [, rows, classes] = weights.shape as [number, number, number]
  const width = rows - 1
  const words = window.to - window.from
  const vectors = new Float32Array(words * width)
  poolWords(state.dataSync<'float32'>(), 0, width, window, pooling, vectors, -window.from)
  const layerWeights = weights.data.subarray(index * rows * classes, (index + 1) * rows * classes)
  const answers = tf.tidy(() => {
    const logits = tf.matMul(
      tf.tensor2d(vectors, [words, width]),
      tf.tensor2d(layerWeights.subarray(0, width * classes), [width, classes])
    )
    return tf.argMax(tf.add(logits, tf.tensor1d(layerWeights.subarray(width * classes))), 1)
  })
  const met = new Set(window.wordOfToken)
  const read = Int32Array.from(answers.dataSync<'int32'>(), (answer, word) =>
    met.has(window.from + word) ? answer : -1
  )
  answers.dispose()
  return read
}
