import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import type { Random } from '@shared/random'
import type { Trainable } from './minibatches'
import { dropoutMask, mixFactors, mixGradients, softmaxLoss, startingValues, type NetworkShape } from './network'
import type { NetworkInput } from './networkInput'
import { readOut } from './readOut'

/** Width that words are projected to before they are pooled (Tenney et al. 2019, ICLR, section 3.1). */
export const projectedWidth = 256

/**
 * The words of one side of some items: those of item i are `words` from `starts[i]` to `starts[i + 1]`. At least one
 * each.
 */
export interface WordLists {
  words: Int32Array
  starts: Int32Array
}

/** What pools one side of the items: a projection, and a learned query that scores the projected words. */
interface Pooling {
  /** [width, projectedWidth] */
  weight: Float32Array
  bias: Float32Array
  /** [projectedWidth] */
  query: Float32Array
}

/** What a step keeps of a side for the way back. */
interface PooledSide {
  rows: Tensor2D
  inputs: Tensor2D
  projected: Tensor2D
  attention: Float32Array
  shares: Tensor2D
}

/**
 * The edge probe of Tenney et al. (2019, ICLR), section 3: the words of every stretch are projected, scored by a
 * learned query, and summed up by the softmax of the scores (Lee et al. 2017, equations 4 to 6, without their head
 * features), each side of a pair by parameters of its own; both sides together go through layers of rectified units to
 * a softmax classifier. Gradients are written out, as in network.ts.
 */
export class SpanNetwork implements Trainable {
  readonly sides: Pooling[]
  readonly dense: { weight: Float32Array; bias: Float32Array }[]
  readonly mix: { scores: Float32Array; gamma: Float32Array } | null
  readonly parameters: Float32Array[]

  /**
   * @param input vectors of words, standardised
   * @param items one list a side; words are rows of `input`
   */
  constructor(
    private readonly input: Pick<NetworkInput, 'vectors' | 'width' | 'layers'>,
    private readonly items: readonly WordLists[],
    private readonly labels: Int32Array,
    readonly classes: number,
    private readonly shape: NetworkShape,
    random: Random
  ) {
    this.sides = items.map(() => ({
      weight: startingValues(input.width * projectedWidth, input.width, random),
      bias: startingValues(projectedWidth, input.width, random),
      query: startingValues(projectedWidth, projectedWidth, random)
    }))
    const sizes = [projectedWidth * items.length, ...shape.hidden, classes]
    this.dense = sizes.slice(1).map((outputs, i) => ({
      weight: startingValues(sizes[i]! * outputs, sizes[i]!, random),
      bias: startingValues(outputs, sizes[i]!, random)
    }))
    this.mix = input.layers > 1 ? { scores: new Float32Array(input.layers), gamma: Float32Array.of(1) } : null
    this.parameters = [
      ...this.sides.flatMap(({ weight, bias, query }) => [weight, bias, query]),
      ...this.dense.flatMap(({ weight, bias }) => [weight, bias]),
      ...(this.mix ? [this.mix.scores, this.mix.gamma] : [])
    ]
  }

  loss(examples: Int32Array): number {
    const logits = readOut(tf.tidy(() => this.forward(this.batch(examples), null).logits))
    return softmaxLoss(logits, this.goldOf(examples), this.classes, null)
  }

  gradients(examples: Int32Array, random: Random): { loss: number; gradients: Float32Array[] } {
    const difference = new Float32Array(examples.length * this.classes)
    let loss = 0
    const found = tf.tidy(() => {
      const batch = this.batch(examples)
      const { sides, inputs, masks, logits } = this.forward(batch, random)
      loss = softmaxLoss(logits.dataSync<'float32'>(), this.goldOf(examples), this.classes, difference)
      let back = tf.tensor2d(difference, [examples.length, this.classes])
      const dense: Tensor[] = []
      for (let i = this.dense.length - 1; i >= 0; i--) {
        dense.unshift(tf.matMul(inputs[i]!, back, true, false), tf.sum(back, 0))
        back = tf.matMul(back, matrix(this.dense[i]!), false, true)
        const mask = i > 0 ? masks[i - 1] : null
        if (mask) back = tf.mul(back, mask)
      }
      const pooled: Tensor[] = []
      let factor: Tensor | null = null
      this.sides.forEach((pooling, side) => {
        const own = tf.slice(back, [0, side * projectedWidth], [examples.length, projectedWidth])
        const { gradients, byFactor } = this.sideGradients(pooling, sides[side]!, batch[side]!, own)
        pooled.push(...gradients)
        if (byFactor) factor = factor ? tf.add(factor, byFactor) : byFactor
      })
      return [...pooled, ...dense, ...(factor ? [factor as Tensor] : [])]
    })
    const gradients = found.map(readOut)
    return {
      loss,
      gradients: this.mix ? [...gradients.slice(0, -1), ...mixGradients(this.mix, gradients.at(-1)!)] : gradients
    }
  }

  /**
   * Scores of items [items, classes]. Inside a `tf.tidy`.
   * @param sides their words, as rows of vectors [words, width], or to be mixed [words * width, layers]
   */
  logits(sides: readonly { rows: Tensor2D; starts: Int32Array }[]): Tensor2D {
    return this.forward(sides, null).logits
  }

  private goldOf(examples: Int32Array): Int32Array {
    return examples.map((example) => this.labels[example]!)
  }

  /** The words of some examples, one after another, with their vectors. */
  private batch(examples: Int32Array): { rows: Tensor2D; starts: Int32Array }[] {
    return this.items.map(({ words, starts }) => {
      const places = new Int32Array(examples.length + 1)
      examples.forEach((example, i) => (places[i + 1] = places[i]! + starts[example + 1]! - starts[example]!))
      const gathered = new Int32Array(places.at(-1)!)
      examples.forEach((example, i) => gathered.set(words.subarray(starts[example], starts[example + 1]), places[i]))
      const rows = tf.gather(this.input.vectors, tf.tensor1d(gathered, 'int32'))
      return {
        rows: this.mix ? tf.reshape(rows, [gathered.length * this.input.width, this.input.layers]) : rows,
        starts: places
      }
    })
  }

  private forward(
    batch: readonly { rows: Tensor2D; starts: Int32Array }[],
    random: Random | null
  ): { sides: PooledSide[]; inputs: Tensor2D[]; masks: (Tensor2D | null)[]; logits: Tensor2D } {
    const sides = this.sides.map((pooling, side) => this.pool(pooling, batch[side]!))
    let values: Tensor2D = sides.length === 1 ? pooledValues(sides[0]!) : tf.concat(sides.map(pooledValues), 1)
    const inputs: Tensor2D[] = []
    const masks: (Tensor2D | null)[] = []
    this.dense.forEach((layer, i) => {
      inputs.push(values)
      values = tf.add(tf.matMul(values, matrix(layer)), tf.tensor1d(layer.bias)) as Tensor2D
      if (i === this.dense.length - 1) return
      const active = tf.step(values) as Tensor2D
      const mask =
        random && this.shape.dropout > 0
          ? tf.mul<Tensor2D>(active, dropoutMask(values.shape, this.shape.dropout, random))
          : active
      values = tf.mul(values, mask)
      masks.push(mask)
    })
    return { sides, inputs, masks, logits: values }
  }

  private pool(pooling: Pooling, { rows, starts }: { rows: Tensor2D; starts: Int32Array }): PooledSide {
    const inputs = this.mix
      ? (tf.reshape(tf.matMul(rows, mixFactors(this.mix)), [-1, this.input.width]) as Tensor2D)
      : rows
    const projected = tf.add(tf.matMul(inputs, matrix(pooling)), tf.tensor1d(pooling.bias)) as Tensor2D
    const scores = tf.matMul(projected, tf.tensor2d(pooling.query, [projectedWidth, 1])).dataSync<'float32'>()
    const attention = softmaxedBySegment(scores, starts)
    return { rows, inputs, projected, attention, shares: sharesOf(attention, starts) }
  }

  /**
   * Of projection, bias and query, and of the factors of a mix. @param back by the pooled vectors, [items,
   * projectedWidth]
   */
  private sideGradients(
    pooling: Pooling,
    { rows, inputs, projected, attention, shares }: PooledSide,
    { starts }: { starts: Int32Array },
    back: Tensor2D
  ): { gradients: Tensor[]; byFactor: Tensor | null } {
    // r = sum_i a_i e_i: by e_i it is a_i dr, and by a_i the product of dr and e_i, both of the word's own item.
    const spread = tf.gather(back, tf.tensor1d(itemOfWord(starts), 'int32'))
    const byAttention = tf.sum(tf.mul(spread, projected), 1).dataSync<'float32'>()
    const byScore = tf.tensor2d(scoreGradients(attention, byAttention, starts), [attention.length, 1])
    const byProjected = tf.add(
      tf.matMul(shares, back, true, false),
      tf.matMul(byScore, tf.tensor2d(pooling.query, [1, projectedWidth]))
    ) as Tensor2D
    const gradients = [
      tf.matMul(inputs, byProjected, true, false),
      tf.sum(byProjected, 0),
      tf.reshape(tf.matMul(projected, byScore, true, false), [projectedWidth])
    ]
    if (!this.mix) return { gradients, byFactor: null }
    const byInputs = tf.matMul(byProjected, matrix(pooling), false, true)
    return { gradients, byFactor: tf.matMul(rows, tf.reshape(byInputs, [-1, 1]), true, false) }
  }
}

function matrix({ weight, bias }: { weight: Float32Array; bias: Float32Array }): Tensor2D {
  return tf.tensor2d(weight, [weight.length / bias.length, bias.length])
}

function pooledValues({ shares, projected }: PooledSide): Tensor2D {
  return tf.matMul(shares, projected)
}

function softmaxedBySegment(scores: Float32Array, starts: Int32Array): Float32Array {
  const result = new Float32Array(scores.length)
  for (let item = 0; item + 1 < starts.length; item++) {
    const [from, to] = [starts[item]!, starts[item + 1]!]
    const top = scores.subarray(from, to).reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
    let sum = 0
    for (let word = from; word < to; word++) sum += result[word] = Math.exp(scores[word]! - top)
    for (let word = from; word < to; word++) result[word]! /= sum
  }
  return result
}

// [items, words], the attention of an item in the columns of its words.
function sharesOf(attention: Float32Array, starts: Int32Array): Tensor2D {
  const items = starts.length - 1
  const values = new Float32Array(items * attention.length)
  for (let item = 0; item < items; item++)
    for (let word = starts[item]!; word < starts[item + 1]!; word++)
      values[item * attention.length + word] = attention[word]!
  return tf.tensor2d(values, [items, attention.length])
}

function itemOfWord(starts: Int32Array): Int32Array {
  const items = new Int32Array(starts.at(-1)!)
  for (let item = 0; item + 1 < starts.length; item++) items.fill(item, starts[item], starts[item + 1])
  return items
}

// Of a softmax: a_i (g_i - sum_j a_j g_j).
function scoreGradients(attention: Float32Array, byAttention: Float32Array, starts: Int32Array): Float32Array {
  const result = new Float32Array(attention.length)
  for (let item = 0; item + 1 < starts.length; item++) {
    let mean = 0
    for (let word = starts[item]!; word < starts[item + 1]!; word++) mean += attention[word]! * byAttention[word]!
    for (let word = starts[item]!; word < starts[item + 1]!; word++)
      result[word] = attention[word]! * (byAttention[word]! - mean)
  }
  return result
}
