import * as tf from '@tensorflow/tfjs-core'
import type { Pooling } from '@shared/model'
import { poolWords } from '../../activations/pooling'
import type { Measure } from './measure'

/** A probe that was trained on the unchanged model. */
export interface KeptProbe {
  task: string
  layer: number
  pooling: Pooling
  /** [width + 1, classes] over raw vectors, the intercepts as last row. */
  weights: Float32Array
  classes: number
  width: number
  /** Class of word `word` of sentence `sentence`; -1 where it has none. */
  gold(sentence: number, word: number): number
}

/**
 * Share of words that the kept probe still gets right: what the layers below no longer supply counts against it (Elazar
 * et al. 2021 call it amnesic).
 */
export function probeAccuracy(probe: KeptProbe): Measure {
  const { width, classes, layer } = probe
  return {
    id: 'probe',
    title: `${probe.task}, kept probe of layer ${layer}`,
    unit: 'share',
    better: 'higher',
    needsLogits: false,
    score({ windows, hidden }) {
      const rows = hidden(layer).dataSync<'float32'>()
      const words = windows.map(({ from, to }) => to - from)
      const total = words.reduce((sum, count) => sum + count, 0)
      const vectors = new Float32Array(total * width)
      let row = 0
      let word = 0
      windows.forEach((window, w) => {
        poolWords(rows, row, width, window, probe.pooling, vectors, word - window.from)
        row += window.ids.length
        word += words[w]!
      })
      const answers = tf.tidy(() => {
        const weights = tf.tensor2d(probe.weights.subarray(0, width * classes), [width, classes])
        const intercepts = tf.tensor1d(probe.weights.subarray(width * classes))
        return tf.argMax(tf.add(tf.matMul(tf.tensor2d(vectors, [total, width]), weights), intercepts), 1)
      })
      const predicted = answers.dataSync<'int32'>()
      answers.dispose()
      const sum = new Float64Array(windows.length)
      const count = new Float64Array(windows.length)
      let i = 0
      windows.forEach((window, w) => {
        const met = new Set(window.wordOfToken)
        for (let position = window.from; position < window.to; position++, i++) {
          const gold = probe.gold(window.sentence, position)
          if (gold < 0 || !met.has(position)) continue
          count[w]!++
          if (predicted[i] === gold) sum[w]!++
        }
      })
      return { sum, count }
    }
  }
}
