import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs-core'
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { activeKernels } from '../../src/main/engine/backends/activeKernels'
import type { Activation, AttentionInput, Kernels } from '../../src/main/engine/backends/kernels'
import { nativeTraining, type NativeTraining } from '../../src/main/engine/backends/nativeTraining'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { portableKernels } from '../../src/main/engine/backends/portableKernels'
import { nativeState } from '../../src/main/engine/backends/provision/provision'
import { softmaxLosses } from '../../src/main/engine/backends/softmaxLoss'
import { storedWeight, trainingKernels, withLowRank } from '../../src/main/engine/backends/trainingKernels'
import { loadDerivatives } from '../../src/main/engine/training/differentiation'
import { needsGradient } from '../../src/main/engine/training/gradientReach'
import { gradientsOf } from '../../src/main/engine/training/gradients'
import * as reference from './reference'

const native = nativeState()
if (native.state !== 'ready') console.warn(`Training kernels are not checked in this run: ${native.reason}`)

/** Float32 sums in another order. */
const tolerance = 5e-6

/** The gradients of our kernels against TensorFlow.js's own differentiation of plain operations. */
describe.runIf(native.state === 'ready')('a kernel and plain operations give one gradient', () => {
  let random = reference.numbers(5)
  let before = 0
  let training: NativeTraining

  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
    await loadDerivatives()
    activeKernels()
    training = nativeTraining()!
  })
  beforeEach(() => {
    random = reference.numbers(5)
    before = tf.memory().numTensors
  })
  afterEach(() => {
    expect(tf.memory().numTensors).toBe(before)
  })

  const drawn = (...shape: number[]): Tensor => {
    const size = shape.reduce((product, extent) => product * extent, 1)
    return tf.tensor(
      Float32Array.from({ length: size }, () => random()),
      shape
    )
  }

  /** A loss that weighs every number of the result, by our kernels and by plain operations, with its gradients. */
  function compare(
    parameters: Record<string, Tensor>,
    compute: (kernels: Kernels, given: Record<string, Tensor>, own: boolean) => Tensor
  ): void {
    const variables = new Map<string, Variable>(
      Object.entries(parameters).map(([name, value]) => [name, tf.variable(value)])
    )
    tf.dispose(parameters)
    const given = Object.fromEntries(variables)
    let readout: Tensor | null = null
    const run = (kernels: Kernels, own: boolean): ReturnType<typeof gradientsOf> =>
      gradientsOf(() => {
        const result = compute(kernels, given, own)
        readout ??= tf.keep(drawn(...result.shape))
        return tf.sum(tf.mul(result, readout)) as Scalar
      }, variables)
    const plain = run(portableKernels, false)
    const ours = run(trainingKernels(training, needsGradient), true)
    const again = run(trainingKernels(training, needsGradient), true)
    const valueOf = ({ value }: typeof plain): number => value.dataSync()[0]!
    expect(Math.abs(valueOf(ours) - valueOf(plain))).toBeLessThan(tolerance * (1 + Math.abs(valueOf(plain))) * 10)
    for (const name of variables.keys()) {
      const [theirs, found, twice] = [plain, ours, again].map(({ gradients }) => gradients[name]!.dataSync()) as [
        Float32Array,
        Float32Array,
        Float32Array
      ]
      const size = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-3)
      let apart = 0
      theirs.forEach((value, i) => {
        const difference = Math.abs(value - found[i]!)
        apart = difference >= 0 ? Math.max(apart, difference) : Infinity
      })
      expect(apart / size, name).toBeLessThan(tolerance)
      expect(Buffer.compare(Buffer.from(found.buffer), Buffer.from(twice.buffer)), `${name}, bits`).toBe(0)
    }
    tf.dispose([readout!, ...variables.values()])
    for (const { value, gradients } of [plain, ours, again]) tf.dispose([value, ...Object.values(gradients)])
  }

  const activations: Activation[] = ['none', 'gelu', 'geluTanh', 'relu', 'silu', 'tanh', 'relu2', 'quickGelu']
  test.each(activations.flatMap((activation) => [true, false].map((inOut) => ({ activation, inOut }))))(
    'a linear layer: $activation, stored [in, out]: $inOut',
    ({ activation, inOut }) =>
      compare({ x: drawn(21, 37), weight: drawn(37, 45), bias: drawn(45) }, (kernels, { x, weight, bias }, own) => {
        const asStored = inOut ? weight! : tf.transpose(weight!)
        const given = own ? storedWeight(asStored as Tensor2D, inOut) : (weight as Tensor2D)
        return kernels.dense(tf.mul(x!, 2) as Tensor2D, given, bias as Tensor1D, activation)
      })
  )

  test.each([
    [1, 8, 8],
    [70, 384, 64],
    [800, 40, 96],
    [3, 5, 1]
  ])('a linear layer of %i rows, %i inputs and %i outputs', (rows, inputs, outputs) =>
    compare({ x: drawn(rows, inputs), weight: drawn(outputs, inputs) }, (kernels, { x, weight }, own) => {
      const given = own ? storedWeight(weight as Tensor2D, false) : (tf.transpose(weight!) as Tensor2D)
      return kernels.dense(x as Tensor2D, given, null, 'none')
    })
  )

  test('a frozen layer gives its input a gradient, from layouts that are made once', () => {
    const weight = drawn(24, 16) as Tensor2D
    const packs = { forward: null, backward: null }
    const stored = storedWeight(weight, false, packs)
    compare({ x: drawn(9, 16) }, (kernels, { x }, own) =>
      kernels.dense(x as Tensor2D, own ? stored : (tf.transpose(weight) as Tensor2D), null, 'gelu')
    )
    expect(packs).toMatchObject({ forward: expect.anything() as unknown, backward: expect.anything() as unknown })
    stored.dispose()
    weight.dispose()
  })

  test.each([true, false].flatMap((inOut) => [true, false].map((fixed) => ({ inOut, fixed }))))(
    'products of a low rank beside a matrix: stored [in, out]: $inOut, fixed: $fixed',
    ({ inOut, fixed }) => {
      const kept = drawn(24, 16) as Tensor2D
      const variables = { x: drawn(9, 16), down: drawn(3, 16), up: drawn(24, 3), bias: drawn(24) }
      const trained = fixed ? variables : { ...variables, weight: tf.clone(kept) }
      const { bias, ...pairs } = trained
      compare(fixed ? pairs : { ...pairs, bias }, (kernels, { x, down, up, weight = kept, bias: added }, own) => {
        const asStored = (inOut ? tf.transpose(weight) : weight) as Tensor2D
        const merged = tf.transpose(tf.add(weight, tf.matMul(up as Tensor2D, down as Tensor2D))) as Tensor2D
        const pair = { down: down as Tensor2D, up: up as Tensor2D }
        const given = own ? withLowRank(storedWeight(asStored, inOut), pair) : merged
        return kernels.dense(x as Tensor2D, given, (added ?? bias) as Tensor1D, 'gelu')
      })
      tf.dispose([kept, ...(fixed ? [bias] : [])])
    }
  )

  test.each([
    ['layer', 48],
    ['layer', 37],
    ['rms', 37]
  ] as const)('%s norm of %i numbers, with and without a residual', (kind, width) => {
    compare(
      { x: drawn(130, width), residual: drawn(130, width), gamma: drawn(width), beta: drawn(width) },
      (kernels, { x, residual, gamma, beta }) => {
        const [a, b] = [x, residual] as [Tensor2D, Tensor2D]
        const [scale, shift] = [gamma, beta] as [Tensor1D, Tensor1D]
        if (kind === 'layer')
          return tf.add(
            kernels.addLayerNorm(a, b, scale, shift, 1e-5),
            kernels.layerNorm(tf.mul(b, 2), scale, shift, 1e-5)
          )
        return tf.add(kernels.rmsNorm(a, scale, 1e-5), tf.mul(b, shift))
      }
    )
  })

  test('rotary positions', () =>
    compare({ x: drawn(6, 40) }, (kernels, { x }) => {
      const angles = tf.linspace(0, 3, 6 * 4).reshape([6, 4]) as Tensor2D
      return kernels.rotate(x as Tensor2D, 3, 10, { cos: tf.cos(angles), sin: tf.sin(angles) })
    }))

  test.each([
    [5, 3],
    [40, 5003]
  ])('the loss of %i rows of %i classes', (rows, classes) => {
    const labels = Array.from({ length: rows }, (_, row) => (row * 31) % classes)
    const scores = tf.tidy(() => tf.variable(tf.mul(drawn(rows, classes), 30) as Tensor2D))
    const weights = drawn(rows) as Tensor1D
    const lossOf = (losses: Tensor): Scalar => tf.sum(tf.mul(losses, weights))
    const ours = gradientsOf(() => lossOf(softmaxLosses(scores, labels)), new Map([['scores', scores as Variable]]))
    const plain = gradientsOf(
      () => lossOf(tf.neg(tf.sum(tf.mul(tf.logSoftmax(scores), tf.oneHot(tf.tensor1d(labels, 'int32'), classes)), 1))),
      new Map([['scores', scores as Variable]])
    )
    expect(Math.abs(ours.value.dataSync()[0]! / plain.value.dataSync()[0]! - 1)).toBeLessThan(1e-5)
    const theirs = plain.gradients['scores']!.dataSync<'float32'>()
    const found = ours.gradients['scores']!.dataSync<'float32'>()
    expect(theirs.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0)).toBeLessThan(tolerance)
    tf.dispose([scores, weights, ours.value, plain.value, ours.gradients['scores']!, plain.gradients['scores']!])
  })

  const usual = { batch: 2, tokens: 19, heads: 4, depth: 6, keyValueHeads: 4 }
  test.each<[string, Partial<typeof usual>, Partial<AttentionInput>, number[] | null]>([
    ['plain', {}, {}, null],
    ['of a whole panel', { tokens: 64, depth: 32 }, {}, null],
    ['of one token', { tokens: 1 }, {}, null],
    ['causal', {}, { causal: true }, null],
    ['within a window', {}, { window: 4 }, null],
    ['causal within a window of a long input', { tokens: 90 }, { causal: true, window: 9 }, null],
    ['with capped scores', {}, { scoreCap: 1.5 }, null],
    ['with keys that queries share', { keyValueHeads: 2 }, {}, null],
    ['of sequences of several lengths', {}, { lengths: [19, 7] }, null],
    ['with a bias by head', {}, {}, [1, 4, 19, 19]],
    ['with a bias for all heads', {}, { scoreCap: 2 }, [2, 1, 19, 19]],
    ['with a bias by key', { keyValueHeads: 2 }, {}, [2, 4, 1, 19]],
    ['with a bias by key for all', {}, {}, [1, 1, 1, 19]]
  ])('attention %s', (_, sizes, more, biasShape) => {
    const { batch, tokens, heads, depth, keyValueHeads } = { ...usual, ...sizes }
    const rows = more.lengths?.reduce((sum, length) => sum + length, 0) ?? batch * tokens
    compare(
      {
        qkv: drawn(rows, (heads + 2 * keyValueHeads) * depth),
        ...(biasShape ? { bias: drawn(...biasShape) } : {})
      },
      (kernels, { qkv, bias }) =>
        kernels.attention({
          qkv: tf.mul(qkv!, 2) as Tensor2D,
          batch,
          tokens,
          heads,
          keyValueHeads,
          scale: 0.7,
          bias: (bias ?? null) as Tensor4D | null,
          wantPattern: false,
          ...more
        }).result
    )
  })

  test('what depends on nothing that is trained is not on the tape', () => {
    const frozen = [drawn(5, 8), drawn(8, 8), drawn(8)] as [Tensor2D, Tensor2D, Tensor1D]
    const trained = tf.tidy(() => tf.variable(drawn(8, 8) as Tensor2D))
    const kernels = trainingKernels(training, needsGradient)
    let nodes = -1
    const { value, gradients } = gradientsOf(
      () => {
        const below = kernels.dense(frozen[0], storedWeight(frozen[1], false), frozen[2], 'gelu')
        nodes = tf.engine().state.activeTape.length
        return tf.sum(kernels.dense(below, storedWeight(trained as unknown as Tensor2D, false), null, 'none')) as Scalar
      },
      new Map([['trained', trained as Variable]])
    )
    expect(nodes).toBe(0)
    expect(Object.keys(gradients)).toEqual(['trained'])
    tf.dispose([value, ...Object.values(gradients), ...frozen, trained])
  })
})
