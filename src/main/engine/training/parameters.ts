import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { requireFinite, type WeightValues } from '../models/transformer/weightReader'
import {
  WeightSource,
  type AttentionPart,
  type Linear,
  type LinearLayout,
  type Outputs,
  type WeightRole
} from '../models/transformer/weightSource'

/** The parameters of a model in training, by the names of its checkpoint and in its layout, as they are saved. */
export class Parameters {
  private readonly variables = new Map<string, Variable>()

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

/** What is added to the matrix of a part of attention, [outputs head by head, inputs]; null: nothing. */
export type PartChange = (site: AttentionSite) => Tensor2D | null

/**
 * Gives a family's weights as values derived from parameters, so that gradients reach these through every change of
 * layout. A parameter is read from the checkpoint when it is first asked for, or drawn where the model is trained from
 * scratch. What it gives belongs to the caller's `tf.tidy`.
 */
export class ParameterSource extends WeightSource {
  constructor(
    checkpoint: Checkpoint,
    family: string,
    private readonly parameters: Parameters,
    private readonly change: PartChange = () => null,
    private readonly drawn: WeightValues | null = null
  ) {
    super(checkpoint, family)
  }

  tensor(name: string, shape: readonly number[], role: WeightRole): Tensor {
    return tf.reshape(this.parameter(name, shape, role), [...shape])
  }

  linear(parts: readonly Outputs[], inputs: number, { bias, inOut = false }: LinearLayout): Linear {
    const axis = inOut ? 1 : 0
    const matrices = parts.map((part) => {
      const shape = inOut ? [inputs, part.stored] : [part.stored, inputs]
      const stored = picked(tf.reshape(this.parameter(`${part.name}.weight`, shape, 'matrix'), shape), part, axis)
      const added = part.part
        ? this.change({
            part: part.part,
            parameter: this.spelt(`${part.name}.weight`),
            outputs: part,
            inputs,
            inOut
          })
        : null
      if (!added || !part.part) return stored
      const placed = picked(added, { ...part, stored: part.count, row: part.part.place }, 0)
      return tf.add(stored, inOut ? tf.transpose(placed) : placed)
    })
    const joined = matrices.length === 1 ? matrices[0]! : tf.concat(matrices, axis)
    const tensor = inOut ? joined : tf.transpose(joined)
    const [, outputs] = tensor.shape as [number, number]
    const biases = bias
      ? parts.map((part) =>
          picked(tf.reshape(this.parameter(`${part.name}.bias`, [part.stored], 'bias'), [-1]), part, 0)
        )
      : null
    return {
      weight: { tensor, inputs, outputs, dispose: () => tensor.dispose() },
      bias: biases && tf.concat1d(biases as tf.Tensor1D[])
    }
  }

  private parameter(name: string, shape: readonly number[], role: WeightRole): Variable {
    const stored = this.locate(name, shape)
    if (this.parameters.has(stored.name)) return this.parameters.get(stored.name)
    const values = this.drawn ? this.drawn(stored, role) : this.checkpoint.read(stored.name)
    requireFinite(stored, values, 0)
    return tf.tidy(() => this.parameters.add(stored.name, tf.tensor(values, stored.shape)))
  }
}

/** The wanted outputs of a stored matrix or bias, along the axis of its outputs. */
function picked(stored: Tensor, { stored: count, count: wanted, row }: Outputs, axis: number): Tensor {
  const rows = Int32Array.from({ length: wanted }, (_, output) => row(output))
  if (wanted === count && rows.every((from, to) => from === to)) return stored
  return tf.gather(stored, tf.tensor1d(rows, 'int32'), axis)
}
