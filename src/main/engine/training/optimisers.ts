import * as tf from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { changeInPlace } from '../backends/inPlace'
import { nativeTraining } from '../backends/nativeTraining'

/** Settings of an optimiser, as a recipe writes them. */
export type OptimiserSettings =
  | { kind: 'AdamW' | 'Adam'; beta1: number; beta2: number; epsilon: number }
  | { kind: 'SGD'; momentum: number; nesterov: boolean }
  | { kind: 'Adadelta'; rho: number; epsilon: number }

/** What an optimiser remembers of one parameter. */
interface Memory {
  /** Updates of this parameter since the optimiser was new. */
  updates: number
  /** Moments, or the momentum alone; same shape as the parameter. */
  averages: Variable[]
}

interface Step {
  parameter: Variable
  gradient: Tensor
  /** What the gradient is multiplied by first. */
  factor: number
  rate: number
  decay: number
  memory: Memory
}

/**
 * Changes parameters by their gradients, and remembers what it needs of each from update to update. A parameter without
 * a gradient keeps its value, its memory and its count.
 */
export class Optimiser {
  private readonly memories = new Map<string, Memory>()

  constructor(private readonly settings: OptimiserSettings) {}

  /**
   * @param name under which it is remembered
   * @param rate learning rate of this step
   * @param decay weight decay of its group
   * @param factor the gradient is multiplied by it first
   */
  update(name: string, parameter: Variable, gradient: Tensor, rate: number, decay: number, factor = 1): void {
    const memory = this.memories.get(name) ?? { updates: 0, averages: [] }
    this.memories.set(name, memory)
    memory.updates++
    tf.tidy(() => {
      const { settings } = this
      const step = { parameter, gradient, factor, rate, decay, memory }
      if (settings.kind === 'Adadelta') adadelta(clipped(step), settings)
      else if (nativeTraining()) inPlace(step, settings)
      else if (settings.kind === 'SGD') descend(clipped(step), settings)
      else adam(clipped(step), settings)
    })
  }

  /** What it remembers, to be stored: of each parameter its updates and its averages. */
  state(): ReadonlyMap<string, Memory> {
    return this.memories
  }

  /** Takes over what an earlier optimiser of the same settings remembered of a parameter; the averages are copied. */
  restore(name: string, { updates, averages }: { updates: number; averages: readonly Tensor[] }): void {
    this.memories.set(name, { updates, averages: averages.map((one) => tf.keep(tf.variable(one)) as Variable) })
  }

  dispose(): void {
    for (const { averages } of this.memories.values()) tf.dispose(averages)
    this.memories.clear()
  }
}

/** An average of this memory, zeros at first; it outlives the tidy it is made in. */
function average({ averages }: Memory, index: number, like: Tensor): Variable {
  averages[index] ??= tf.keep(tf.variable(tf.zerosLike(like))) as Variable
  return averages[index]
}

function clipped(step: Step): Step {
  return step.factor === 1 ? step : { ...step, gradient: tf.mul(step.gradient, step.factor) }
}

/** The same updates as below, each in one pass over the numbers (resources/native/optimisers.cc). */
function inPlace(
  { parameter, gradient, factor, rate, decay, memory }: Step,
  settings: Exclude<OptimiserSettings, { rho: number }>
): void {
  const native = nativeTraining()!
  if (settings.kind === 'SGD') {
    const velocity = average(memory, 0, parameter)
    const numbers = [factor, decay, settings.momentum, rate, Number(settings.nesterov), Number(memory.updates === 1)]
    changeInPlace([parameter, velocity], () => native.momentum(parameter, gradient, velocity, numbers))
    return
  }
  const { kind, beta1, beta2, epsilon } = settings
  const averages = [average(memory, 0, parameter), average(memory, 1, parameter)] as const
  const [inGradient, kept] = kind === 'AdamW' ? [0, 1 - rate * decay] : [decay, 1]
  const scaled = rate / (1 - beta1 ** memory.updates)
  const correction = 1 / Math.sqrt(1 - beta2 ** memory.updates)
  const numbers = [factor, inGradient, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, kept, scaled, correction]
  changeInPlace([parameter, ...averages], () => native.adam(parameter, gradient, averages, numbers))
}

/**
 * Kingma & Ba (2015), algorithm 1; AdamW takes the decay off the weights and not into the gradient (Loshchilov & Hutter
 * 2019, algorithm 2).
 */
function adam(
  { parameter, gradient, rate, decay, memory }: Step,
  { kind, beta1, beta2, epsilon }: Extract<OptimiserSettings, { beta1: number }>
): void {
  if (kind === 'AdamW') parameter.assign(tf.mul(parameter, 1 - rate * decay))
  const pulled = kind === 'Adam' && decay !== 0 ? tf.add(gradient, tf.mul(parameter, decay)) : gradient
  const [first, second] = [average(memory, 0, parameter), average(memory, 1, parameter)]
  first.assign(tf.add(tf.mul(first, beta1), tf.mul(pulled, 1 - beta1)))
  second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(pulled), 1 - beta2)))
  const root = tf.add(tf.mul(tf.sqrt(second), 1 / Math.sqrt(1 - beta2 ** memory.updates)), epsilon)
  parameter.assign(tf.sub(parameter, tf.mul(tf.div(first, root), rate / (1 - beta1 ** memory.updates))))
}

/** Gradient descent with momentum (Sutskever et al. 2013) as in PyTorch: the first update has the gradient alone. */
function descend(
  { parameter, gradient, rate, decay, memory }: Step,
  { momentum, nesterov }: Extract<OptimiserSettings, { momentum: number }>
): void {
  const pulled = decay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, decay))
  const velocity = average(memory, 0, parameter)
  velocity.assign(memory.updates === 1 ? tf.clone(pulled) : tf.add(tf.mul(velocity, momentum), pulled))
  const direction = nesterov ? tf.add(pulled, tf.mul(velocity, momentum)) : velocity
  parameter.assign(tf.sub(parameter, tf.mul(direction, rate)))
}

/** Zeiler (2012), algorithm 1, with a rate as PyTorch has it. */
function adadelta(
  { parameter, gradient, rate, decay, memory }: Step,
  { rho, epsilon }: Extract<OptimiserSettings, { rho: number }>
): void {
  const pulled = decay === 0 ? gradient : tf.add(gradient, tf.mul(parameter, decay))
  const [squares, changes] = [average(memory, 0, parameter), average(memory, 1, parameter)]
  squares.assign(tf.add(tf.mul(squares, rho), tf.mul(tf.square(pulled), 1 - rho)))
  const change = tf.mul(tf.div(tf.sqrt(tf.add(changes, epsilon)), tf.sqrt(tf.add(squares, epsilon))), pulled)
  changes.assign(tf.add(tf.mul(changes, rho), tf.mul(tf.square(change), 1 - rho)))
  parameter.assign(tf.sub(parameter, tf.mul(change, rate)))
}
