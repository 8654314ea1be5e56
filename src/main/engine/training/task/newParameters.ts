import * as tf from '@tensorflow/tfjs-core'
import type { HeadKind } from '@shared/finetuneRequests'
import { labelledItem } from '@shared/finetune'
import { fillNormal, seededRandom } from '@shared/random'
import type { ProbeTask } from '@shared/task'
import { elementsOf } from '../../checkpoints/checkpoint'
import type { NewParameter } from '../methods/planner'
import type { Parameters } from '../parameters'
import { spanWidth } from '../spanVectors'

/** Standard deviation of a new head's weights, as in BERT (Devlin et al. 2019). */
const headDeviation = 0.02

/**
 * The parameters of a head on vectors of some width.
 * @param bias whether its last layer has one
 */
export function headParameters(
  prefix: string,
  { kind, bias }: { kind: HeadKind; bias: boolean },
  width: number,
  outputs: number
): NewParameter[] {
  const layer = (name: string, rows: number, withBias: boolean): NewParameter[] => [
    { name: `${name}.weight`, shape: [rows, width], deviation: headDeviation },
    ...(withBias ? [{ name: `${name}.bias`, shape: [rows], deviation: 0 }] : [])
  ]
  return [...(kind === 'linear' ? [] : layer(`${prefix}.dense`, width, true)), ...layer(prefix, outputs, bias)]
}

/** Scores that a task's head gives an item: one for each class, or the number. */
export function outputsOf({ kind, classes }: Pick<ProbeTask, 'kind' | 'classes'>): number {
  return kind === 'number' ? 1 : classes.length
}

/** The parameters of a task's head where hidden states are `width` wide. @param objective its name */
export function taskHeadParameters(
  objective: string,
  task: Pick<ProbeTask, 'unit' | 'ofSentences' | 'kind' | 'classes'>,
  shape: { kind: HeadKind; bias: boolean },
  width: number
): NewParameter[] {
  const read = spanWidth(width, labelledItem(task) === 'pair')
  return headParameters(`heads.${objective}`, shape, read, outputsOf(task))
}

/** Adds them with their first values, which follow from the seed and the order of the list alone. */
export function addParameters(parameters: Parameters, added: readonly NewParameter[], seed: number): void {
  const random = seededRandom(seed)
  for (const { name, shape, deviation } of added) {
    const values = new Float32Array(elementsOf(shape))
    if (deviation === null) values.fill(1)
    else if (deviation > 0) fillNormal(values, deviation, random, 2)
    tf.tidy(() => parameters.add(name, tf.tensor(values, shape)))
  }
}
