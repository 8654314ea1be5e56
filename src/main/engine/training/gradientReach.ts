import * as tf from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'

/** Numbers of the tensors that depend on what is trained, as far as the tape was read; null: nothing is trained. */
let reached: Set<number> | null = null
let read = 0

/** Runs what computes gradients with respect to `trained`. */
export function reaching<T>(trained: Iterable<Tensor>, compute: () => T): T {
  const before = { reached, read }
  reached = new Set([...trained].map(({ id }) => id))
  read = 0
  try {
    return compute()
  } finally {
    ;({ reached, read } = before)
  }
}

/**
 * Whether a tensor depends on a trained parameter, while its loss is being computed: what does not needs no gradient,
 * and nothing kept for it.
 */
export function needsGradient(tensor: Tensor): boolean {
  if (!reached) return false
  const { activeTape: tape } = tf.engine().state
  for (; tape && read < tape.length; read++) {
    const { inputs, outputs } = tape[read]!
    if (Object.values(inputs).some(({ id }) => reached!.has(id))) for (const { id } of outputs) reached.add(id)
  }
  return reached.has(tensor.id)
}
