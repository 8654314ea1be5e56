import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ScanInput } from '../../../backends/recurrence'
import { lengthsOf } from '../batch'
import { hooked, type BlockContext } from '../blockContext'

/**
 * A selective state space whose states can be hooked: a changed state is what the token reads; those after it go on
 * from the unchanged one.
 */
export function hookedScan(
  context: BlockContext,
  index: number,
  scan: Omit<ScanInput, 'lengths' | 'wantStates'>
): Tensor2D {
  const { kernels, hooks, shape } = context
  const wantStates = hooks?.has(`blocks.${index}.mixer.state`) ?? false
  const { result, states } = kernels.scan({ ...scan, lengths: lengthsOf(shape), wantStates })
  if (!states) return result
  const changed = hooked(context, index, 'mixer.state', states)
  if (changed === states) return result
  const [rows, channels] = scan.x.shape
  const [heads, { groups }] = [scan.decay.shape[0], scan]
  const size = scan.output.shape[1] / groups
  // What the change brings: (R, groups, channels of a group, state) x (R, groups, 1, state), summed over the state.
  const difference = tf.reshape(tf.sub(changed, states), [rows * groups, channels / groups, size])
  const read = tf.reshape(scan.output, [rows * groups, 1, size])
  if (heads % groups !== 0) throw new Error('Heads of a state space are in groups of one size.')
  return tf.add(result, tf.reshape(tf.sum(tf.mul(difference, read), 2), [rows, channels]))
}
