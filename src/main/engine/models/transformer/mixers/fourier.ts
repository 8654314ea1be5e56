import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { lengthsOf } from '../batch'
import type { BlockContext } from '../blockContext'
import type { FourierConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { MixerSource } from './parts'

/**
 * Re(F_T x F_W) with F[n, k] = exp(-2 pi i n k / size), that is C_T x C_W - S_T x S_W of cosines and sines. Padding of
 * a ready-made input is transformed like tokens, as in the reference implementation.
 */
export class Fourier implements Mixer {
  run({ shape }: BlockContext, _index: number, x: Tensor2D): MixerOutput {
    const width = x.shape[1]
    const ofWidth = waves(width)
    // (R, W) x (W, W)
    const even = tf.matMul<Tensor2D>(x, ofWidth.cosines)
    const odd = tf.matMul<Tensor2D>(x, ofWidth.sines)
    const ofTokens = new Map<number, Waves>()
    let row = 0
    const sequences = lengthsOf(shape).map((length): Tensor2D => {
      if (!ofTokens.has(length)) ofTokens.set(length, waves(length))
      const { cosines, sines } = ofTokens.get(length)!
      const rowsOf = (part: Tensor2D): Tensor2D => tf.slice(part, [row, 0], [length, width])
      // (T, T) x (T, W)
      const mixed = tf.sub<Tensor2D>(tf.matMul(cosines, rowsOf(even)), tf.matMul(sines, rowsOf(odd)))
      row += length
      return mixed
    })
    return { output: tf.concat(sequences, 0), pattern: null }
  }
}

/** [size, size] each. */
interface Waves {
  cosines: Tensor2D
  sines: Tensor2D
}

/** Cosines and sines of 2 pi n k / size: of all products n k only the remainders of size differ. */
function waves(size: number): Waves {
  const table = (wave: (angle: number) => number): Tensor2D => {
    const circle = Float64Array.from({ length: size }, (_, step) => wave((2 * Math.PI * step) / size))
    const values = new Float32Array(size * size)
    for (let n = 0, at = 0; n < size; n++)
      for (let k = 0, step = 0; k < size; k++, at++) {
        values[at] = circle[step]!
        step = (step + n) % size
      }
    return tf.tensor2d(values, [size, size])
  }
  return { cosines: table(Math.cos), sines: table(Math.sin) }
}

/** Nothing is read: the transform has no weights. */
export function loadFourier(_source: MixerSource, _config: FourierConfig): Fourier {
  return new Fourier()
}
