import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { activate } from './activations'
import { activeKernels } from './activeKernels'
import type { AttentionInput, Kernels, LinearWeights, NormStep, PackedWeight } from './kernels'
import { isNativeActivation } from './nativeAttributes'
import type { NativeTraining } from './nativeTraining'
import { kernelsOver, type Steps } from './portableKernels'

/** A weight as its checkpoint stores it: its gradient has the same layout, and nothing is transposed in memory. */
export interface StoredWeight extends PackedWeight {
  readonly tensor: Tensor2D
  /** [in, out]; otherwise [out, in]. */
  readonly inOut: boolean
  /** Of a weight that stays as it is from pass to pass: laid out for the product and for its gradient, on first use. */
  readonly packs: Packs | null
  /** Two matrices whose product is added to it; left out or null for none. */
  readonly lowRank?: LowRank | null
}

/** x -> x down' up': products of a low rank beside that with a whole matrix. */
export interface LowRank {
  /** [rank, in] */
  down: Tensor2D
  /** [out, rank] */
  up: Tensor2D
}

export interface Packs {
  forward: Tensor | null
  backward: Tensor | null
}

/** A stored weight with a product of a low rank beside it. */
export function withLowRank(weight: PackedWeight, lowRank: LowRank | null): PackedWeight {
  if (!lowRank) return weight
  const both: StoredWeight = { ...stored(weight), lowRank }
  return both
}

/** @param packs for a weight that stays as it is; null for one that is used for one pass */
export function storedWeight(tensor: Tensor2D, inOut: boolean, packs: Packs | null = null): StoredWeight {
  const [inputs, outputs] = inOut ? tensor.shape : [tensor.shape[1], tensor.shape[0]]
  return {
    tensor,
    inputs,
    outputs,
    inOut,
    packs,
    dispose: () => tf.dispose([packs?.forward ?? [], packs?.backward ?? []])
  }
}

/**
 * The kernels of a forward pass that is differentiated, on native TensorFlow: each has its gradient in C++ beside it.
 * What depends on nothing trained is computed by the kernels of a plain pass and keeps nothing.
 * @param needs whether a tensor depends on what is trained
 */
export function trainingKernels(native: NativeTraining, needs: (tensor: Tensor) => boolean): Kernels {
  const plain = activeKernels()
  const any = (...tensors: (Tensor | null)[]): boolean => tensors.some((tensor) => tensor !== null && needs(tensor))

  const forwardPack = ({ tensor, inOut, packs }: StoredWeight): Tensor =>
    (packs!.forward ??= tf.keep((inOut ? plain.pack(tensor) : plain.packTransposed(tensor)).tensor))
  const backwardPack = ({ tensor, inOut, packs }: StoredWeight): Tensor =>
    (packs!.backward ??= tf.keep((inOut ? plain.packTransposed(tensor) : plain.pack(tensor)).tensor))
  const product = (x: Tensor2D, weight: StoredWeight, bias: Tensor1D | null): Tensor2D =>
    weight.packs
      ? plain.dense(x, { ...weight, tensor: forwardPack(weight) }, bias, 'none')
      : native.denseOnce(x, weight.tensor, !weight.inOut, bias)
  /** dy W' */
  const productBack = (dy: Tensor2D, weight: StoredWeight): Tensor2D =>
    weight.packs
      ? plain.dense(
          dy,
          { ...weight, inputs: weight.outputs, outputs: weight.inputs, tensor: backwardPack(weight) },
          null,
          'none'
        )
      : native.denseOnce(dy, weight.tensor, weight.inOut, null)

  /**
   * One operation with its gradient, which gives a gradient, or null where none is wanted, for each input. What is kept
   * for it is freed as soon as it was used.
   */
  const operation = <T extends Tensor>(
    inputs: readonly Tensor[],
    kept: readonly Tensor[],
    forward: () => T,
    backward: (dy: T, kept: Tensor[]) => (Tensor | null)[]
  ): T =>
    tf.customGrad((...given: (Tensor | tf.GradSaveFunc)[]) => {
      const save = given.at(-1) as tf.GradSaveFunc
      save([...kept])
      return {
        value: forward(),
        gradFunc: (dy: T, saved: Tensor[]) => {
          const gradients = tf.tidy(() => backward(dy, saved).map((gradient) => gradient ?? native.none))
          tf.dispose([dy, ...saved])
          return gradients
        }
      }
    })(...inputs)

  const linear = (x: Tensor2D, weight: StoredWeight, bias: Tensor1D | null): Tensor2D => {
    const [ofX, ofWeight, ofBias] = [any(x), any(weight.tensor), any(bias)]
    if (!ofX && !ofWeight && !ofBias) return product(x, weight, bias)
    const keptWeight = ofX && !weight.packs
    return operation(
      [x, weight.tensor, ...(bias ? [bias] : [])],
      [...(ofWeight ? [x] : []), ...(keptWeight ? [weight.tensor] : [])],
      () => product(x, weight, bias),
      (dy, kept) => {
        const dx = ofX ? productBack(dy, keptWeight ? { ...weight, tensor: kept.at(-1) as Tensor2D } : weight) : null
        if (!ofWeight) return [dx, null, ...(bias ? [ofBias ? native.columnSums(dy) : null] : [])]
        const input = kept[0] as Tensor2D
        // The sums of the gradient's columns come with its product where it is on the left.
        const { product: dw, sums } = weight.inOut
          ? native.transposedProduct(input, dy, false)
          : native.transposedProduct(dy, input, ofBias)
        const db = ofBias ? (weight.inOut ? native.columnSums(dy) : sums) : null
        return [dx, dw, ...(bias ? [db] : [])]
      }
    )
  }

  const lowRankProduct = (x: Tensor2D, { down, up }: LowRank): Tensor2D =>
    linear(linear(x, storedWeight(down, false), null), storedWeight(up, false), null)

  /** x W + (x down') up' in one product, [x; x down'] [W; up'], of which W has no gradient of its own. */
  const lowRankLinear = (x: Tensor2D, weight: StoredWeight, bias: Tensor1D | null, { down, up }: LowRank): Tensor2D => {
    const { tensor, inputs, inOut } = weight
    const ofX = any(x)
    const low = linear(x, storedWeight(down, false), null)
    const wide = (matrix: Tensor, rows: Tensor): Tensor2D =>
      inOut
        ? tf.concat2d([matrix as Tensor2D, tf.transpose(rows) as Tensor2D], 0)
        : tf.concat2d([matrix as Tensor2D, rows as Tensor2D], 1)
    return operation(
      [x, low, up, ...(bias ? [bias] : [])],
      [low, up, tensor],
      () => native.denseOnce(tf.concat2d([x, low], 1), wide(tensor, up), !inOut, bias),
      (dy, [at, rows, matrix]) => {
        const both = native.denseOnce(dy, wide(matrix!, rows!), inOut, null)
        const dx = ofX ? tf.slice2d(both, [0, 0], [-1, inputs]) : null
        const dLow = tf.slice2d(both, [0, inputs], [-1, -1])
        const { product: dUp } = native.transposedProduct(dy, at as Tensor2D, false)
        return [dx, dLow, dUp, ...(bias ? [null] : [])]
      }
    )
  }

  const dense: Kernels['dense'] = (x, given, bias, activation) =>
    tf.tidy(() => {
      const weight = stored(given)
      const { lowRank } = weight
      if (!lowRank && weight.packs && !any(x, weight.tensor, bias))
        return plain.dense(x, { ...weight, tensor: forwardPack(weight) }, bias, activation)
      const fixed = !any(weight.tensor, bias)
      const middle = !lowRank
        ? linear(x, weight, bias)
        : fixed
          ? lowRankLinear(x, weight, bias, lowRank)
          : tf.add<Tensor2D>(linear(x, weight, bias), lowRankProduct(x, lowRank))
      if (activation === 'none') return middle
      if (!isNativeActivation(activation)) return activate(middle, activation)
      if (!any(middle)) return native.activate(middle, activation)
      return operation(
        [middle],
        [middle],
        () => native.activate(middle, activation),
        (dy, [at]) => [native.activationGradient(dy, at as Tensor2D, activation)]
      )
    })

  const normalise: Steps['normalise'] = (x, residual, norm) => {
    const { kind, gamma, beta, epsilon } = norm
    const compute = (): Tensor2D =>
      kind === 'rms'
        ? plain.rmsNorm(residual ? tf.add(x, residual) : x, gamma, epsilon)
        : residual
          ? plain.addLayerNorm(x, residual, gamma, beta, epsilon)
          : plain.layerNorm(x, gamma, beta, epsilon)
    if (!any(x, residual, gamma, beta)) return compute()
    return operation(
      [x, ...(residual ? [residual] : []), gamma, ...(kind === 'rms' ? [] : [beta])],
      [x, gamma, ...(residual ? [residual] : [])],
      compute,
      (dy, [at, scale, other]) => {
        const step = { ...norm, gamma: scale as Tensor1D }
        const [dx, dgamma, dbeta] = native.normGradient(dy, at as Tensor2D, (other as Tensor2D) ?? null, step)
        return [dx, ...(residual ? [tf.clone(dx)] : []), dgamma, ...(kind === 'rms' ? [] : [dbeta])]
      }
    )
  }

  const rotate: Kernels['rotate'] = (x, heads, headWidth, angles) => {
    if (!any(x)) return plain.rotate(x, heads, headWidth, angles)
    return operation(
      [x],
      [angles.cos, angles.sin],
      () => plain.rotate(x, heads, headWidth, angles),
      // The transpose of a rotation turns the other way.
      (dy, [cos, sin]) => [plain.rotate(dy, heads, headWidth, { cos: cos as Tensor2D, sin: tf.neg(sin as Tensor2D) })]
    )
  }

  const attention: Kernels['attention'] = (input) => {
    const { qkv, bias } = input
    const [ofQkv, ofBias] = [any(qkv), any(bias)]
    if (!ofQkv && !ofBias) return plain.attention(input)
    const result = operation(
      [qkv, ...(bias ? [bias] : [])],
      [qkv, ...(bias ? [bias] : [])],
      () => plain.attention({ ...input, wantPattern: false }).result,
      (dy, [at, added]) => {
        const then = { ...input, qkv: at, bias: added ?? null } as AttentionInput
        const [dqkv, dbias] = native.attentionGradient(dy, then, ofBias)
        return [dqkv, ...(bias ? [ofBias ? dbias : null] : [])]
      }
    )
    return { result, pattern: input.wantPattern ? plain.attention(input).pattern : null }
  }

  const composed = kernelsOver(dense, { normalise, rotate, attention })
  /** Layers as the kernels of a plain pass take them; null where one of them is trained or lives for one pass. */
  const fixed = (...layers: (LinearWeights | null)[]): (LinearWeights | null)[] | null => {
    const trains = ({ weight, bias }: LinearWeights): boolean => {
      const { packs, lowRank, tensor } = stored(weight)
      return !packs || Boolean(lowRank) || any(tensor, bias)
    }
    if (layers.some((layer) => layer && trains(layer))) return null
    return layers.map((layer) => {
      if (!layer) return null
      const weight = stored(layer.weight)
      return { weight: { ...weight, tensor: forwardPack(weight) }, bias: layer.bias }
    })
  }
  const trainsNorm = (...norms: (NormStep | null)[]): boolean =>
    norms.some((norm) => norm && any(norm.gamma, norm.beta))
  return {
    ...composed,
    // Weights live for one pass here.
    pack: (weight) => storedWeight(tf.clone(weight), true),
    halves: null,
    packTransposed: (weight) => storedWeight(tf.clone(weight), false),
    feedForward(input) {
      const { x, inputNorm, sumNorm, gate, up, down } = input
      const layers = any(x) || trainsNorm(inputNorm, sumNorm) ? null : fixed(gate, up, down)
      if (!layers) return composed.feedForward(input)
      return plain.feedForward({ ...input, gate: layers[0]!, up: layers[1]!, down: layers[2]! })
    },
    attentionSublayer(input) {
      const { x, inputNorm, sumNorm, qkv, out, bias } = input
      const layers = any(x, bias) || trainsNorm(inputNorm, sumNorm) ? null : fixed(qkv, out)
      if (!layers) return composed.attentionSublayer(input)
      return plain.attentionSublayer({ ...input, qkv: layers[0]!, out: layers[1]! })
    }
  }
}

function stored(weight: Tensor2D | PackedWeight): StoredWeight {
  if (!('tensor' in weight)) return storedWeight(weight, true)
  if (!('inOut' in weight)) throw new Error('Only weights in their stored layout are differentiated.')
  return weight as StoredWeight
}
