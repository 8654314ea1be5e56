import * as tf from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { Activation } from '../backends/kernels'
import { portableKernels } from '../backends/portableKernels'
import type { Parameters } from './parameters'
import type { HeadKind, Objective, Pooling } from './recipe'
import { spanVectors } from './spanVectors'
import type { TrainablePass } from './trainable'
import type { TrainingBatch } from './trainingBatch'

/** Objectives that read a hidden state with a head of their own. */
export type HeadObjective = Extract<Objective, { head: string; hidden_state: string }>

/** What a head reads of a batch. */
export type HeadBatch = Pick<TrainingBatch, 'tokens' | 'sequences' | 'length' | 'lengths' | 'spans'>

/**
 * Scores of an objective's head: [sequences, classes], [spans, classes] where it reads spans, or [rows, classes] where
 * every token has its own.
 * @param prefix of the head's parameters, `heads.NAME`
 */
export function headScores(
  objective: HeadObjective,
  prefix: string,
  pass: Pick<TrainablePass, 'hiddenStates'>,
  batch: HeadBatch,
  parameters: Parameters
): Tensor2D {
  const states =
    objective.hidden_state === 'last' ? pass.hiddenStates.at(-1)! : scalarMix(pass.hiddenStates, parameters)
  const read = vectorsOf(objective, states, batch)
  const layer = (x: Tensor2D, name: string, activation: Activation): Tensor2D =>
    portableKernels.dense(
      x,
      tf.transpose(parameters.get(`${name}.weight`)) as Tensor2D,
      // The heads of generative models have none in transformers.
      parameters.has(`${name}.bias`) ? (parameters.get(`${name}.bias`) as unknown as Tensor1D) : null,
      activation
    )
  const activation = headActivation(objective.head)
  return layer(activation === null ? read : layer(read, `${prefix}.dense`, activation), prefix, 'none')
}

/** What a head reads of the hidden states. @throws UserError for a batch without the spans that it reads */
function vectorsOf(objective: HeadObjective, states: Tensor2D, batch: HeadBatch): Tensor2D {
  switch (objective.kind) {
    case 'word tagging':
      return states
    case 'span classification':
    case 'span regression':
      if (!batch.spans) throw new UserError(`A batch of an objective of kind '${objective.kind}' needs 'spans'.`)
      return spanVectors(states, batch.spans, objective.pooling)
    default:
      return pooled(states, objective.pooling, batch)
  }
}

/** What follows the dense layer of a head; null for a head without. */
export function headActivation(kind: HeadKind): 'tanh' | 'relu' | 'gelu' | null {
  return kind === 'linear' ? null : (kind.split(', ')[1] as 'tanh' | 'relu' | 'gelu')
}

/** gamma times the sum of all layers by softmax(weights): Peters et al. (2018), eq. 1. */
function scalarMix(hiddenStates: readonly Tensor2D[], parameters: Parameters): Tensor2D {
  const layers = hiddenStates.length
  const shares = tf.reshape(tf.softmax(parameters.get('mix.weights')), [layers, 1, 1])
  return tf.mul(tf.sum(tf.mul(tf.stack([...hiddenStates]), shares), 0), parameters.get('mix.gamma'))
}

/** (R, W) -> (sequences, W) */
export function pooled(states: Tensor2D, pooling: Pooling, batch: HeadBatch): Tensor2D {
  const { sequences, length, lengths, tokens } = batch
  if (pooling === 'mean') {
    const width = states.shape[1]
    const weights = Float32Array.from({ length: sequences * length }, (_, row) => {
      const counted = tokens.mask?.[row] ?? 1
      return counted / lengths[Math.floor(row / length)]!
    })
    const weighted = tf.mul(
      tf.reshape(states, [sequences, length, width]),
      tf.tensor3d(weights, [sequences, length, 1])
    )
    return tf.sum(weighted, 1)
  }
  if (pooling === 'both ends') {
    const half = states.shape[1] / 2
    const [first, last] = (['first token', 'last token'] as const).map((end) => pooled(states, end, batch))
    return tf.concat([tf.slice(last!, [0, 0], [-1, half]), tf.slice(first!, [0, half], [-1, half])], 1)
  }
  const rows = lengths.map((count, i) => i * length + (pooling === 'last token' ? count - 1 : 0))
  return tf.gather(states, tf.tensor1d(rows, 'int32'))
}
