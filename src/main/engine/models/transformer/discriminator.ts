import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { Kernels } from '../../backends/kernels'
import type { TransformerConfig } from './config'
import { wholeMatrix, type Linear, type WeightSource } from './weightSource'

/** Names of the head that tells replaced tokens from original ones, in full. */
export interface DiscriminatorNames {
  dense: string
  output: string
}

/** Of a model trained to find replaced tokens (Clark et al. 2020, section 2). */
export interface DiscriminatorWeights {
  /** [width, width] */
  dense: Linear
  /** [width, 1] */
  output: Linear
}

/** Null where the checkpoint was saved without it. */
export function loadDiscriminator(
  source: WeightSource,
  names: DiscriminatorNames | undefined,
  { width }: TransformerConfig
): DiscriminatorWeights | null {
  if (!names || !source.has(`${names.output}.weight`)) return null
  return {
    dense: source.linear([wholeMatrix(names.dense, width)], width, { bias: true }),
    output: source.linear([wholeMatrix(names.output, 1)], width, { bias: true })
  }
}

/** The logit of every token having been replaced: (R, W) -> (R, 1). The caller disposes of it. */
export function replacedScores(
  kernels: Kernels,
  { activation }: TransformerConfig,
  { dense, output }: DiscriminatorWeights,
  last: Tensor2D
): Tensor2D {
  return tf.tidy(() =>
    kernels.dense(kernels.dense(last, dense.weight, dense.bias, activation), output.weight, output.bias, 'none')
  )
}
