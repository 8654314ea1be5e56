import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { activate } from '../../../backends/activations'
import { lengthsOf, zeroPadding } from '../batch'
import { hooked, type BlockContext } from '../blockContext'
import { rootMeanSquare } from '../norms'
import type { Linear } from '../weightSource'
import type { MambaConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { Convolution, MixerSource } from './parts'
import { hookedScan } from './scan'

interface MambaWeights {
  /** [width, inner] each: what goes through the recurrence, and the gate beside it. */
  into: Linear
  gate: Linear
  convolution: Convolution
  /** [inner, rank + 2 state]: step, B and C. */
  selection: Linear
  norms: { step: Tensor1D; input: Tensor1D; output: Tensor1D } | null
  /** [rank, inner] */
  steps: Linear
  decay: Tensor2D
  skip: Tensor1D
  out: Linear
}

/** The first Mamba (Gu & Dao 2024). */
export class Mamba implements Mixer {
  constructor(
    private readonly config: MambaConfig,
    private readonly weights: MambaWeights
  ) {}

  /**
   * Hooks: `mixer.gate` [R, inner], what the recurrence's output is multiplied by, and `mixer.state` [R, inner state],
   * the state after every token.
   */
  run(context: BlockContext, index: number, x: Tensor2D): MixerOutput {
    const { kernels, input, shape } = context
    const { weights } = this
    const through = ({ weight, bias }: Linear, from: Tensor2D): Tensor2D => kernels.dense(from, weight, bias, 'none')
    const read = zeroPadding(x, input)
    const convolved = zeroPadding(
      kernels.convolve({
        x: through(weights.into, read),
        ...weights.convolution,
        silu: true,
        lengths: lengthsOf(shape)
      }),
      input
    )
    const { rank, state } = this.config
    const selected = tf.split(through(weights.selection, convolved), [rank, state, state], 1)
    const [step, into, out] = (['step', 'input', 'output'] as const).map((part, i) =>
      this.normed(part, selected[i] as Tensor2D)
    ) as [Tensor2D, Tensor2D, Tensor2D]
    const mixed = hookedScan(context, index, {
      x: convolved,
      step: tf.softplus(through(weights.steps, step)),
      decay: weights.decay,
      input: into,
      output: out,
      skip: weights.skip,
      groups: 1
    })
    const gate = hooked(context, index, 'mixer.gate', activate(through(weights.gate, read), 'silu'))
    return { output: through(weights.out, tf.mul(mixed, gate)), pattern: null }
  }

  private normed(part: 'step' | 'input' | 'output', values: Tensor2D): Tensor2D {
    const { norms, normEpsilon } = this.config
    if (norms === 'none') return values
    return rootMeanSquare(values, this.weights.norms?.[part] ?? tf.scalar(1), normEpsilon) as Tensor2D
  }
}

export function loadMamba(source: MixerSource, config: MambaConfig, width: number): Mamba {
  const { inner, state, rank, kernel, bias, norms } = config
  return new Mamba(config, {
    into: source.outputs('in_proj', width, [0, inner, 2 * inner], bias),
    gate: source.outputs('in_proj', width, [inner, inner, 2 * inner], bias),
    convolution: source.convolution('conv1d', kernel, inner, config.convolutionBias),
    selection: source.linear('x_proj', inner, rank + 2 * state, false),
    norms:
      norms === 'weighted'
        ? {
            step: source.gain('dt_layernorm', rank),
            input: source.gain('b_layernorm', state),
            output: source.gain('c_layernorm', state)
          }
        : null,
    steps: source.linear('dt_proj', rank, inner, true),
    decay: source.decay('A_log', inner, state),
    skip: source.vector('D', inner),
    out: source.linear('out_proj', inner, width, bias)
  })
}
