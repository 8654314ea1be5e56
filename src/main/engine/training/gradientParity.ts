import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { openSafetensors } from '../checkpoints/safetensors'
import { readInputs } from '../models/parity'
import { expectedFile, inputsFile } from '../models/parityFiles'
import { Hooks, type Hook } from '../models/transformer/hooks'
import { largestDistance } from './distance'
import { gradientsOf } from './gradients'
import { crossEntropy, unlabelled } from './losses'
import { TrainableTransformer, type Differentiated } from './trainableTransformer'

/** Of a tensor's largest gradient, and what is added to that: ten times what PyTorch's own float32 differs by. */
const relativeTolerance = 5e-5
const absoluteTolerance = 1e-6
const lossTolerance = 1e-5

export const gradientsFile = 'gradients.safetensors'
const givenFile = 'given.safetensors'

export interface GradientParity {
  /** Absolute difference of the loss. */
  loss: number
  /**
   * Largest difference of a gradient of a parameter, and of a hidden state, in tolerances: at most 1 is the same. Null
   * where the reference has no gradients of hidden states: PyTorch gives none for what a model returns beside its path.
   */
  parameters: number
  hiddenStates: number | null
  /** The parameter or hidden state that is farthest off. */
  worst: string
  /** Parameters compared. */
  compared: number
  ok: boolean
}

export function hasGradients(folder: string): boolean {
  return [inputsFile, givenFile, expectedFile, gradientsFile].every((name) => existsSync(join(folder, name)))
}

/** Where the weights of a reference of gradients are: in a folder of its name, in `models` or beside the references. */
export function modelOfGradients(folder: string, models: string | undefined): string {
  return join(models ?? join(dirname(dirname(folder)), 'parity'), basename(folder))
}

/**
 * Computes the loss that docs/parity.md defines and its gradient with respect to every parameter and hidden state, and
 * compares them with PyTorch's.
 * @throws UserError for files that do not fit together
 */
export async function compareGradients(
  folder: string,
  modelFolder: string,
  differentiated?: Differentiated
): Promise<GradientParity> {
  const model = await TrainableTransformer.open(modelFolder, null, differentiated)
  const given = openSafetensors(join(folder, givenFile))
  const expected = openSafetensors(join(folder, expectedFile))
  const theirs = openSafetensors(join(folder, gradientsFile))
  try {
    return compared(model, folder, given, expected, theirs)
  } finally {
    model.dispose()
    for (const file of [given, expected, theirs]) file.close()
  }
}

function compared(
  model: TrainableTransformer,
  folder: string,
  given: Checkpoint,
  expected: Checkpoint,
  theirs: Checkpoint
): GradientParity {
  const batch = readInputs(folder)
  const targets = readTargets(join(folder, inputsFile), batch.ids.length)
  const { layers } = model.config
  const rows = batch.ids.length
  const width = given.describe('readout').shape.at(-1)!
  // A hidden state's gradient is that of zeros added to it.
  const zeros = tf.tidy(() =>
    Array.from({ length: layers + 1 }, (_, layer) =>
      tf.variable(tf.zeros([rows, layer === layers ? width : model.config.width]))
    )
  )
  const hookOf = (layer: number): [HookName, Hook] => [
    layer === 0 ? 'embed' : `blocks.${layer - 1}.resid_post`,
    (value) => tf.add(value, zeros[layer]!)
  ]
  // Where every block reads the embeddings, hooks on them do not reach all that is made of them.
  const { layerInputs, embeddingScale } = model.config
  const first = layerInputs ? 1 : 0
  const hooks = new Hooks(Array.from({ length: layers - first }, (_, layer) => hookOf(layer + first)))
  const embeddings = (): Tensor2D | undefined =>
    layerInputs ? tf.add(model.tokenVectors(batch.ids), tf.div(zeros[0]!, embeddingScale)) : undefined
  const loss = (): Scalar => {
    const pass = model.run(batch, hooks, embeddings())
    const last = tf.add<Tensor2D>(pass.hiddenStates.at(-1)!, zeros[layers]!)
    const readout = tf.tensor2d(given.read('readout'), [rows, width])
    const counted = batch.mask ? batch.mask.reduce((sum, one) => sum + one, 0) : rows
    const weights = tf.tensor2d(
      Float32Array.from({ length: rows }, (_, i) => (batch.mask?.[i] ?? 1) / counted),
      [rows, 1]
    )
    const ofReadout = tf.sum(tf.mul(tf.mul(readout, last), weights)) as Scalar
    return targets ? tf.add(ofReadout, crossEntropy(pass.logits(last), targets)) : ofReadout
  }
  const variables = new Map<string, Variable>([
    ...model.parameters.names.map((name) => [name, model.parameters.get(name)] as const),
    ...zeros.map((variable, layer) => [`gradients.hidden_states.${layer}`, variable] as const)
  ])
  const { value, gradients } = gradientsOf(loss, variables)
  try {
    const apart = (name: string, file: Checkpoint): number => {
      const gradient = gradients[name]
      if (!gradient)
        throw new UserError(`The reference has a gradient of '${name}', which the loss does not reach here.`)
      return distance(gradient.dataSync<'float32'>(), file.read(name), name)
    }
    const lossApart = Math.abs(value.dataSync()[0]! - expected.read('loss')[0]!)
    const byName = theirs.names().map((name): [string, number] => [name, apart(name, theirs)])
    const states = zeros.map((_, layer) => `gradients.hidden_states.${layer}`).filter((name) => expected.has(name))
    const byState = states.map((name): [string, number] => [name, apart(name, expected)])
    const farthest = (all: readonly [string, number][]): [string, number] =>
      all.reduce((most, next) => (next[1] > most[1] ? next : most))
    const parameters = farthest(byName)[1]
    const hiddenStates = byState.length > 0 ? farthest(byState)[1] : null
    return {
      loss: lossApart,
      parameters,
      hiddenStates,
      worst: farthest([...byName, ...byState])[0],
      compared: byName.length,
      ok: lossApart <= lossTolerance && parameters <= 1 && (hiddenStates ?? 0) <= 1
    }
  } finally {
    tf.dispose([value, ...Object.values(gradients), ...zeros])
  }
}

/** @throws UserError where the reference has another number of values */
function distance(ours: Float32Array, theirs: Float32Array, name: string): number {
  if (ours.length !== theirs.length)
    throw new UserError(`The gradient of '${name}' has ${ours.length} numbers, the reference ${theirs.length}.`)
  const largest = theirs.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  return largestDistance(ours, theirs, () => relativeTolerance * largest + absoluteTolerance)
}

/** What each row has to predict; null where the checkpoint has no language-model head. */
function readTargets(path: string, rows: number): Int32Array | null {
  const { targets } = JSON.parse(readFileSync(path, 'utf8')) as { targets?: unknown }
  if (targets === null || targets === undefined) return null
  const flat = Array.isArray(targets) ? targets.flat() : []
  const fits = flat.length === rows && flat.every(Number.isInteger) && flat.some((target) => target !== unlabelled)
  if (!fits) throw new UserError(`${path} needs 'targets', a whole number for every token, or null.`)
  return Int32Array.from(flat as number[])
}
