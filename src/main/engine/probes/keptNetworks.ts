import type { DenseLayer } from './solvers/dense'
import type { TrainedProbe } from './methods/method'

/** Intercept of a class that training never showed: its probability is 0. */
const never = -1e9

/** Name of the tensor of a network's layer in a kept run: `weights`, `weights.1`, ... */
export function weightsName(depth: number): string {
  return depth === 0 ? 'weights' : `weights.${depth}`
}

/**
 * The networks of a run as tensors [layers, inputs + 1, outputs], one for each of their layers, biases as last row, the
 * last one over all classes of the task. Of a mix also `mix` [layers, model layers], what each hidden state is
 * multiplied by first.
 */
export class KeptNetworks {
  readonly tensors: Record<string, { shape: number[]; data: Float32Array }> = {}

  /** @param known ids of the classes that training showed, in the order of the probes' own */
  constructor(
    private readonly layers: number,
    private readonly known: readonly number[],
    private readonly classes: number,
    private readonly modelLayers: number
  ) {}

  keep(index: number, { network, mixed }: TrainedProbe): void {
    network?.forEach((layer, depth) =>
      this.store(weightsName(depth), index, depth === network.length - 1 ? this.overAllClasses(layer) : layer)
    )
    if (!mixed) return
    const tensor = (this.tensors['mix'] ??= {
      shape: [this.layers, this.modelLayers],
      data: new Float32Array(this.layers * this.modelLayers)
    })
    tensor.data.set(mixed.factors, index * this.modelLayers)
  }

  private store(name: string, index: number, { weight, bias }: DenseLayer): void {
    const size = weight.length + bias.length
    const tensor = (this.tensors[name] ??= {
      shape: [this.layers, size / bias.length, bias.length],
      data: new Float32Array(this.layers * size)
    })
    tensor.data.set(weight, index * size)
    tensor.data.set(bias, index * size + weight.length)
  }

  private overAllClasses({ weight, bias }: DenseLayer): DenseLayer {
    const inner = bias.length
    const wide = {
      weight: new Float32Array((weight.length / inner) * this.classes),
      bias: new Float32Array(this.classes).fill(never)
    }
    this.known.forEach((id, k) => {
      for (let j = 0; j * inner < weight.length; j++) wide.weight[j * this.classes + id] = weight[j * inner + k]!
      wide.bias[id] = bias[k]!
    })
    return wide
  }
}

/**
 * What a kept network says of one vector.
 * @param tensors by depth, [layers, inputs + 1, outputs] each
 * @param index which of the layers of the run
 */
export function answerOf(
  vector: Float32Array,
  tensors: readonly { shape: number[]; data: Float32Array }[],
  index: number
): { label: number; probability: number } {
  let values: ArrayLike<number> = vector
  for (const { shape, data } of tensors) {
    const [, rows, outputs] = shape as [number, number, number]
    const weights = data.subarray(index * rows * outputs, (index + 1) * rows * outputs)
    const sums = Float64Array.from(weights.subarray((rows - 1) * outputs))
    for (let i = 0; i < rows - 1; i++)
      for (let k = 0; k < outputs; k++) sums[k]! += values[i]! * weights[i * outputs + k]!
    values = tensors.at(-1)?.data === data ? sums : sums.map((value) => Math.max(0, value))
  }
  let label = 0
  for (let k = 1; k < values.length; k++) if (values[k]! > values[label]!) label = k
  let sum = 0
  for (let k = 0; k < values.length; k++) sum += Math.exp(values[k]! - values[label]!)
  return { label, probability: 1 / sum }
}
