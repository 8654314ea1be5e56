import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { storedWeight, withLowRank, type LowRank } from '../backends/trainingKernels'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { requireFinite, type WeightValues } from '../models/transformer/weightReader'
import {
  storedShape,
  WeightSource,
  type AttentionPart,
  type Linear,
  type LinearLayout,
  type Outputs,
  type WeightRole
} from '../models/transformer/weightSource'
import { needsGradient } from './gradientReach'
import type { Mixout } from './mixout'
import type { WeightCache } from './weightCache'

/** The parameters of a model in training, by the names of its checkpoint and in its layout, as they are saved. */
export class Parameters {
  private readonly variables = new Map<string, Variable>()
  private readonly answers = new Map<string, boolean>()

  get names(): string[] {
    return [...this.variables.keys()]
  }

  has(name: string): boolean {
    return this.variables.has(name)
  }

  get(name: string): Variable {
    const variable = this.variables.get(name)
    if (!variable) throw new Error(`There is no parameter '${name}'.`)
    return variable
  }

  add(name: string, value: Tensor): Variable {
    if (this.variables.has(name)) throw new Error(`There is a parameter '${name}' already.`)
    const variable = tf.variable(value)
    this.variables.set(name, variable)
    return variable
  }

  /** Gives a parameter other values, in the order of its shape. */
  assign(name: string, values: Float32Array): void {
    tf.tidy(() => {
      const variable = this.get(name)
      variable.assign(tf.tensor(values, variable.shape))
    })
  }

  /** Numbers of some parameters together. */
  count(names: readonly string[] = this.names): number {
    return names.reduce((sum, name) => sum + this.get(name).size, 0)
  }

  /** An answer about the checkpoint that is found once. */
  remembered(question: string, find: () => boolean): boolean {
    const answer = this.answers.get(question) ?? find()
    this.answers.set(question, answer)
    return answer
  }

  dispose(): void {
    tf.dispose([...this.variables.values()])
  }
}

/** Where a checkpoint keeps the queries, keys or values of a block. */
export interface AttentionSite {
  part: AttentionPart
  /** The parameter that holds the matrix, and perhaps those of other parts. */
  parameter: string
  /** Its outputs among those stored. */
  outputs: Outputs
  inputs: number
  /** Whether the matrix is stored [inputs, outputs]. */
  inOut: boolean
}

/** Two matrices whose product is added to another: scale b a, [outputs, inputs]. */
export interface LowRankPair {
  /** [rank, inputs] */
  a: Tensor2D
  /** [outputs head by head, rank] */
  b: Tensor2D
  scale: number
}

/** What is added to the matrix of a part of attention; null: nothing. */
export type PartChange = (site: AttentionSite) => LowRankPair | null

export function lowRankMatrix({ a, b, scale }: LowRankPair): Tensor2D {
  return tf.mul(tf.matMul(b, a), scale)
}

/** What changes the weights on their way from the parameters. */
export interface SourceOptions {
  change?: PartChange | undefined
  /** Values that it starts from in place of the checkpoint's. */
  drawn?: WeightValues | null
  /**
   * Of weights that stay as they are, for kernels that take weights as they are stored; null: linear layers are
   * transposed to [in, out], as plain operations want them.
   */
  cache?: WeightCache | null
  mixout?: Mixout | null
}

/**
 * Gives a family's weights as values derived from parameters, so that gradients reach these through every change of
 * layout. A parameter is read from the checkpoint when it is first asked for, or drawn where the model is trained from
 * scratch. What it gives belongs to the caller's `tf.tidy`, or to the cache.
 */
export class ParameterSource extends WeightSource {
  private readonly change: PartChange
  private readonly drawn: WeightValues | null
  private readonly cache: WeightCache | null
  private readonly mixout: Mixout | null

  constructor(
    checkpoint: Checkpoint,
    family: string,
    private readonly parameters: Parameters,
    { change = () => null, drawn = null, cache = null, mixout = null }: SourceOptions = {}
  ) {
    super(checkpoint, family)
    this.change = change
    this.drawn = drawn
    this.cache = cache
    this.mixout = mixout
  }

  tensor(name: string, shape: readonly number[], role: WeightRole): Tensor {
    const stored = this.parameter(name, shape, role)
    // What does not train equals what would be mixed into it, and nothing is mixed while anything is measured.
    const parameter =
      this.mixout && role === 'matrix' && needsGradient(stored)
        ? this.mixout.mixed(this.locate(name, shape).name, stored)
        : stored
    return parameter.shape.join() === shape.join() ? parameter : tf.reshape(parameter, [...shape])
  }

  linear(parts: readonly Outputs[], inputs: number, { bias, inOut = false }: LinearLayout): Linear {
    const axis = inOut ? 1 : 0
    const shapeOf = (part: Outputs): number[] => storedShape(part, inputs, inOut)
    const added = parts.map((outputs) => {
      const { name, part } = outputs
      return part ? this.change({ part, parameter: this.spelt(`${name}.weight`), outputs, inputs, inOut }) : null
    })
    const matrix = (): Tensor2D => {
      const matrices = parts.map((part, i) => {
        const whole = blockDiagonal(this.tensor(`${part.name}.weight`, shapeOf(part), 'matrix'), part.groups)
        const stored = picked(part.inputs ? tf.slice(whole, [0, part.inputs.first], [-1, inputs]) : whole, part, axis)
        const more = added[i]
        // Kernels multiply by the pair; plain operations by the sum, which is the check of that.
        if (!more || this.cache) return stored
        const placed = placedOutputs(lowRankMatrix(more), part)
        return tf.add(stored, inOut ? tf.transpose(placed) : placed)
      })
      return (matrices.length === 1 ? matrices[0]! : tf.concat(matrices, axis)) as Tensor2D
    }
    const biases = (): tf.Tensor1D | null =>
      bias
        ? tf.concat1d(
            parts.map((part) => picked(this.tensor(`${part.name}.bias`, [part.stored], 'bias'), part, 0) as tf.Tensor1D)
          )
        : null
    if (this.cache) {
      const key = parts.map(({ name, row, inputs: taken }) => `${name} ${row(0)} ${taken?.first ?? 0}`).join()
      const sources = [
        ...parts.map((part) => this.parameter(`${part.name}.weight`, shapeOf(part), 'matrix')),
        ...(bias ? parts.map((part) => this.parameter(`${part.name}.bias`, [part.stored], 'bias')) : [])
      ]
      const lowRank = lowRankOf(parts, added)
      if (sources.some(needsGradient)) {
        this.cache.drop(key)
        return { weight: withLowRank(storedWeight(matrix(), inOut), lowRank), bias: biases() }
      }
      const { weight, bias: fixedBias } = this.cache.get(key, sources, inOut, () => {
        const bias = biases()
        return [matrix(), ...(bias ? [bias] : [])]
      })
      return { weight: withLowRank(weight, lowRank), bias: fixedBias }
    }
    const joined = matrix()
    const tensor = inOut ? joined : tf.transpose(joined)
    const [, outputs] = tensor.shape as [number, number]
    return { weight: { tensor, inputs, outputs, dispose: () => tensor.dispose() }, bias: biases() }
  }

  override equal(first: string, second: string): boolean {
    return this.parameters.remembered(`${first} ${second}`, () => super.equal(first, second))
  }

  private parameter(name: string, shape: readonly number[], role: WeightRole): Variable {
    const stored = this.locate(name, shape)
    if (this.parameters.has(stored.name)) return this.parameters.get(stored.name)
    const values = this.drawn ? this.drawn(stored, role) : this.checkpoint.read(stored.name)
    requireFinite(stored, values, 0)
    return tf.tidy(() => this.parameters.add(stored.name, tf.tensor(values, stored.shape)))
  }
}

/**
 * [outputs, inputs / groups] -> [outputs, inputs], 0 where an output does not read an input; [groups, inputs / groups,
 * outputs / groups] -> [inputs, outputs].
 */
function blockDiagonal(tensor: Tensor, groups = 1): Tensor {
  if (groups === 1) return tensor
  const stored = tensor.rank === 3 ? tf.reshape(tensor, [-1, tensor.shape[2]!]) : tensor
  const [outputs, width] = stored.shape as [number, number]
  const groupOf = (count: number): tf.Tensor1D =>
    tf.tensor1d(
      Int32Array.from({ length: count }, (_, i) => Math.floor((i * groups) / count)),
      'int32'
    )
  const same = tf.equal(tf.expandDims(groupOf(outputs), 1), tf.expandDims(groupOf(groups * width), 0))
  return tf.mul(tf.tile(stored, [1, groups]), tf.cast(same, 'float32'))
}

/** The rows of a part's outputs, head by head, in the order in which they are stored. */
function placedOutputs(rows: Tensor2D, part: Outputs): Tensor2D {
  return picked(rows, { ...part, stored: part.count, row: part.part!.place }, 0) as Tensor2D
}

/** The pairs of all parts of a layer as one: their ranks side by side; null for none. */
function lowRankOf(parts: readonly Outputs[], added: readonly (LowRankPair | null)[]): LowRank | null {
  const pairs = added.filter((pair) => pair !== null)
  if (pairs.length === 0) return null
  const total = parts.reduce((sum, { count }) => sum + count, 0)
  const rank = pairs.reduce((sum, { a }) => sum + a.shape[0], 0)
  let [row, column] = [0, 0]
  const ups = parts.flatMap((part, i) => {
    const pair = added[i]
    const first = row
    row += part.count
    if (!pair) return []
    const own = pair.a.shape[0]
    const up = tf.mul<Tensor2D>(placedOutputs(pair.b, part), pair.scale)
    const padded = tf.pad(up, [
      [first, total - first - part.count],
      [column, rank - column - own]
    ])
    column += own
    return [padded]
  })
  return {
    down: tf.concat2d(
      pairs.map(({ a }) => a),
      0
    ),
    up: ups.length === 1 ? ups[0]! : tf.addN(ups)
  }
}

/** The wanted outputs of a stored matrix or bias, along the axis of its outputs. */
function picked(stored: Tensor, { stored: count, count: wanted, row }: Outputs, axis: number): Tensor {
  const rows = Int32Array.from({ length: wanted }, (_, output) => row(output))
  if (wanted === count && rows.every((from, to) => from === to)) return stored
  return tf.gather(stored, tf.tensor1d(rows, 'int32'), axis)
}
