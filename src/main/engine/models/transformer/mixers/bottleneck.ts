import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import { attentionOf, hookedPattern } from '../attentionShape'
import { hooked, type BlockContext } from '../blockContext'
import { normalise, type Norm } from '../norms'
import type { Linear } from '../weightSource'
import type { BottleneckConfig } from './config'
import type { Mixer, MixerOutput } from './mixer'
import type { MixerSource } from './parts'

/** A dense layer, and the norm of what it gives or of the sum that this is part of. */
interface NormedLinear {
  linear: Linear
  norm: Norm
}

interface BottleneckWeights {
  /** [residual width, width] */
  input: NormedLinear
  /** The same, for queries and keys; null where all read `input`. */
  attention: NormedLinear | null
  query: Linear
  key: Linear
  value: Linear
  attentionOut: NormedLinear
  mlps: { in: Linear; out: NormedLinear; epsilon: number }[]
  /** [width, residual width] */
  out: Linear
}

/**
 * MobileBERT's block up to the norm of its sum with the residual stream (Sun et al. 2020, figure 1c). Hooks: `attn.q`
 * to `attn.result` as in other blocks; what is narrower than the residual stream after them has none.
 */
export class Bottleneck implements Mixer {
  constructor(
    private readonly config: BottleneckConfig,
    private readonly weights: BottleneckWeights
  ) {}

  run(context: BlockContext, index: number, x: Tensor2D, wantPattern: boolean): MixerOutput {
    const { kernels } = context
    const { activation } = this.config
    const { input, attentionOut, mlps, out } = this.weights
    const narrow = this.normed(context, input.norm, through(context, input.linear, x))
    const { result, pattern } = this.attend(context, index, x, narrow, wantPattern)
    let residual = narrow
    const add = ({ linear, norm }: NormedLinear, from: Tensor2D, epsilon?: number): void => {
      residual = this.normed(context, norm, tf.add(through(context, linear, from), residual), epsilon)
    }
    add(attentionOut, hooked(context, index, 'attn.result', result))
    for (const mlp of mlps) {
      const middle = kernels.dense(residual, mlp.in.weight, mlp.in.bias, activation)
      add(mlp.out, middle, mlp.epsilon)
    }
    return { output: through(context, out, residual), pattern: wantPattern ? pattern : null }
  }

  private attend(
    context: BlockContext,
    index: number,
    x: Tensor2D,
    narrow: Tensor2D,
    wantPattern: boolean
  ): { result: Tensor2D; pattern: Tensor4D | null } {
    const { kernels, bias, hooks } = context
    const { attention, query, key, value } = this.weights
    const read = attention ? this.normed(context, attention.norm, through(context, attention.linear, x)) : narrow
    const qkv = tf.concat<Tensor2D>(
      [
        hooked(context, index, 'attn.q', through(context, query, read)),
        hooked(context, index, 'attn.k', through(context, key, read)),
        hooked(context, index, 'attn.v', through(context, value, attention ? x : narrow))
      ],
      1
    )
    const hookPattern = hooks?.has(`blocks.${index}.attn.pattern`) ?? false
    const added = bias.of(index)
    const input = { ...attentionOf(context, index), qkv, bias: added, wantPattern: wantPattern || hookPattern }
    context.takeScores?.(index, input)
    const { result, pattern } = kernels.attention(input)
    if (!hookPattern) return { result, pattern }
    const [changed, map] = hookedPattern(context, index, qkv, result, pattern!)
    return { result: changed, pattern: map }
  }

  private normed(
    { kernels }: BlockContext,
    norm: Norm,
    x: Tensor2D,
    normEpsilon: number = this.config.normEpsilon
  ): Tensor2D {
    const kind = this.config.affineNorms ? 'affine' : 'layer'
    return normalise(kernels, { norm: { kind, gain: true, bias: true, offset: 0 }, normEpsilon }, norm, x)
  }
}

function through({ kernels }: BlockContext, { weight, bias }: Linear, from: Tensor2D): Tensor2D {
  return kernels.dense(from, weight, bias, 'none')
}

export function loadBottleneck(source: MixerSource, config: BottleneckConfig, residual: number): Bottleneck {
  const { width, attentionProjection, mlps, mlpWidth, normEpsilon, lastNormEpsilon } = config
  const normed = (stem: string, inputs: number, outputs = width): NormedLinear => ({
    linear: source.linear(`${stem}.dense`, inputs, outputs, true),
    norm: source.norm(`${stem}.LayerNorm`, outputs)
  })
  const mlp = (stem: string, epsilon: number): BottleneckWeights['mlps'][number] => ({
    in: source.linear(`${stem}intermediate.dense`, width, mlpWidth, true),
    out: normed(`${stem}output`, mlpWidth),
    epsilon
  })
  if (!attentionProjection) for (const layer of ['dense', 'LayerNorm']) source.pass(`bottleneck.attention.${layer}`)
  const part = (name: string, inputs: number): Linear => source.linear(`attention.self.${name}`, inputs, width, true)
  return new Bottleneck(config, {
    input: normed('bottleneck.input', residual),
    attention: attentionProjection ? normed('bottleneck.attention', residual) : null,
    query: part('query', width),
    key: part('key', width),
    value: part('value', attentionProjection ? residual : width),
    attentionOut: normed('attention.output', width),
    mlps: [...Array.from({ length: mlps - 1 }, (_, i) => mlp(`ffn.${i}.`, normEpsilon)), mlp('', lastNormEpsilon)],
    out: source.linear('output.bottleneck.dense', width, residual, true)
  })
}
