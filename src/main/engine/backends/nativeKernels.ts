import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core'
import type { NodeJSKernelBackend } from '@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend'
import type { TFEOpAttr } from '@tensorflow/tfjs-node-gpu/dist/tfjs_binding'
import { extended, tensorNumber } from './extendedBinding'
import { activate } from './activations'
import { absentTensor, activationNumber, attributeMakers, isNativeActivation, lengthsTensor } from './nativeAttributes'
import { nativeHalves } from './nativeHalves'
import { portableAttention } from './portableAttention'
import { kernelsOver, type Steps } from './portableKernels'
import type { AttentionOutput, Kernels, LinearWeights, NormStep, PackedWeight } from './kernels'

function withPattern(wanted: boolean, compute: () => Tensor[]): AttentionOutput {
  const [result, pattern] = tf.tidy(() => compute().slice(0, wanted ? 2 : 1)) as [Tensor2D, Tensor4D?]
  return { result, pattern: pattern ?? null }
}

/**
 * Layerscope's own kernels for processors, written in C++ (resources/native) and registered with TensorFlow when the
 * add-on is built: products with packed weights and everything that follows them in one pass, attention head by head in
 * cache, no padding.
 */
export function nativeKernels(backend: NodeJSKernelBackend): Kernels {
  const { int, float, bool, ofAttention } = attributeMakers(backend)
  const run = (name: string, attributes: TFEOpAttr[], inputs: Tensor[]): Tensor2D =>
    backend.executeSingleOutput(name, attributes, inputs) as Tensor2D

  const none = absentTensor(backend)
  const packed = (weight: Tensor2D | PackedWeight): { tensor: Tensor; outputs: number } =>
    'tensor' in weight ? weight : { tensor: run('LayerscopePack', [], [weight]), outputs: weight.shape[1] }

  const linear = (layer: LinearWeights | null): Tensor[] =>
    layer ? [packed(layer.weight).tensor, layer.bias ?? none] : [none, none]
  const norm = (step: NormStep | null): Tensor[] => (step ? [step.gamma, step.beta] : [none, none])
  const normAttributes = (...steps: (NormStep | null)[]): TFEOpAttr[] => {
    const [first, second = first] = steps.filter((step) => step !== null)
    if (first?.kind !== second?.kind || first?.epsilon !== second?.epsilon)
      throw new Error('The norms of a sublayer are of one kind.')
    return [float('epsilon', first?.epsilon ?? 0), bool('rms', first?.kind === 'rms')]
  }
  const normalise: Steps['normalise'] = (x, residual, { kind, gamma, beta, epsilon }) => {
    const [summed, scale, shift] = [residual ?? none, gamma, kind === 'rms' ? gamma : beta]
    return run(
      'LayerscopeLayerNorm',
      [float('epsilon', epsilon), bool('rms', kind === 'rms')],
      [x, summed, scale, shift]
    )
  }
  /** Whole sublayers of the kernels below, for what the whole ones do not compute. */
  const composed = (): Kernels =>
    kernelsOver(kernels.dense, { normalise, rotate: kernels.rotate, attention: kernels.attention })
  const kernels: Kernels = {
    pack(weight) {
      const tensor = tf.keep(run('LayerscopePack', [], [weight]))
      const [inputs, outputs] = weight.shape
      return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
    },

    packTransposed(weight) {
      const tensor = tf.keep(run('LayerscopePackTransposed', [], [weight]))
      const [outputs, inputs] = weight.shape
      return { tensor, inputs, outputs, dispose: () => tensor.dispose() }
    },

    halves: nativeHalves(backend),

    packCopies: () => true,

    embed: (parts, norm, epsilon) =>
      tf.tidy(() => {
        const rows = parts.map((part) => tf.tensor1d(part.rows, 'int32'))
        const inputs = [...parts.map((part) => part.table), ...rows, norm?.gamma ?? none, norm?.beta ?? none]
        return run('LayerscopeEmbed', [int('N', parts.length), float('epsilon', epsilon)], inputs)
      }),

    dense: (x, weight, bias, activation) =>
      tf.tidy(() => {
        const { tensor, outputs } = packed(weight)
        const native = isNativeActivation(activation) ? activation : 'none'
        const result = run(
          'LayerscopeDense',
          [int('outputs', outputs), int('activation', activationNumber(native))],
          [x, tensor, bias ?? none]
        )
        return native === activation ? result : activate(result, activation)
      }),

    layerNorm: (x, gamma, beta, epsilon) =>
      run('LayerscopeLayerNorm', [float('epsilon', epsilon), bool('rms', false)], [x, none, gamma, beta]),

    addLayerNorm: (x, residual, gamma, beta, epsilon) =>
      run('LayerscopeLayerNorm', [float('epsilon', epsilon), bool('rms', false)], [x, residual, gamma, beta]),

    rmsNorm: (x, gamma, epsilon) =>
      run('LayerscopeLayerNorm', [float('epsilon', epsilon), bool('rms', true)], [x, none, gamma, gamma]),

    denseAddLayerNorm: (x, linear, residual, { gamma, beta }, epsilon) =>
      tf.tidy(() => {
        const { tensor, outputs } = packed(linear.weight)
        const attributes = [int('outputs', outputs), float('epsilon', epsilon)]
        return run('LayerscopeDenseAddNorm', attributes, [x, tensor, linear.bias ?? none, residual, gamma, beta])
      }),

    feedForward: (input) =>
      tf.tidy(() => {
        const { x, inputNorm, gate, activation, up, down, sumNorm } = input
        if (!isNativeActivation(activation)) return composed().feedForward(input)
        const attributes = [
          int('outputs', packed(up.weight).outputs),
          int('activation', activationNumber(activation)),
          ...normAttributes(inputNorm, sumNorm)
        ]
        return run('LayerscopeFeedForward', attributes, [
          x,
          ...norm(inputNorm),
          ...linear(gate),
          ...linear(up),
          ...linear(down),
          ...norm(sumNorm)
        ])
      }),

    rotate: (x, heads, headWidth, { cos, sin }) =>
      run('LayerscopeRotate', [int('heads', heads), int('depth', headWidth)], [x, cos, sin]),

    attention: (input) => {
      if (input.sinks) return portableAttention(input)
      const { qkv, batch, tokens, lengths, bias, ...rest } = input
      return withPattern(rest.wantPattern, () =>
        backend.executeMultipleOutputs(
          'LayerscopeAttention',
          [...ofAttention(rest), bool('keep_pattern', rest.wantPattern)],
          [qkv, lengthsTensor(batch, tokens, lengths), bias ?? none],
          2
        )
      )
    },

    attentionSublayer: ({ x, inputNorm, qkv, angles, out, sumNorm, batch, tokens, lengths, bias, ...rest }) =>
      withPattern(rest.wantPattern, () => {
        const attributes = [
          ...ofAttention(rest),
          bool('keep_pattern', rest.wantPattern),
          int('outputs', packed(qkv.weight).outputs),
          ...normAttributes(inputNorm, sumNorm)
        ]
        const weights = [
          ...norm(inputNorm),
          ...linear(qkv),
          ...linear(out),
          ...norm(sumNorm),
          angles?.cos ?? none,
          angles?.sin ?? none
        ]
        return backend.executeMultipleOutputs(
          'LayerscopeAttentionSublayer',
          attributes,
          [x, ...weights, lengthsTensor(batch, tokens, lengths), bias ?? none],
          2
        )
      }),

    convolve: ({ x, weight, bias, silu, lengths }) =>
      tf.tidy(() =>
        run('LayerscopeConvolve', [bool('wanted', silu)], [x, weight, bias ?? none, tf.tensor1d([...lengths], 'int32')])
      ),

    scan: ({ x, step, decay, input, output, skip, groups, lengths, wantStates }) => {
      const [result, states] = tf.tidy(() => {
        const inputs = [x, step, decay, input, output, skip, tf.tensor1d([...lengths], 'int32')]
        const attributes = [int('heads', groups), bool('wanted', wantStates)]
        return backend.executeMultipleOutputs('LayerscopeScan', attributes, inputs, 2).slice(0, wantStates ? 2 : 1) as [
          Tensor2D,
          Tensor2D?
        ]
      })
      return { result, states: states ?? null }
    },

    lstm: ({ gates, lengths, backward, recurrent, projection, cellClip, projectionClip }) =>
      tf.tidy(() =>
        run(
          'LayerscopeLstm',
          [
            int('outputs', recurrent.inputs),
            bool('backward', backward),
            float('cell_clip', cellClip ?? 0),
            float('projection_clip', projectionClip ?? 0)
          ],
          [gates, tf.tensor1d([...lengths], 'int32'), recurrent.tensor, projection?.tensor ?? none]
        )
      ),

    poolRows(hidden, { starts, counts, targets }, target) {
      extended(backend).poolRows(tensorNumber(backend, hidden), starts, counts, targets, target)
    }
  }
  return kernels
}
