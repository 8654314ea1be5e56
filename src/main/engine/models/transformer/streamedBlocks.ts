import * as tf from '@tensorflow/tfjs-core'

/** The weights of a model's blocks, of which those of one are in memory at a time. */
export interface StreamedBlocks<Block extends object> {
  /** Of block `index` (0-based). */
  at(index: number): Block
  /** Lets the one in memory go. */
  release(): void
}

/**
 * @param load reads the weights of a block
 * @param beforeRead is called before each reading
 */
export function streamedBlocks<Block extends object>(
  load: (index: number) => Block,
  beforeRead: () => void
): StreamedBlocks<Block> {
  let held: { index: number; block: Block; tensors: tf.Tensor[] } | null = null
  const release = (): void => {
    tf.dispose(held?.tensors ?? [])
    held = null
  }
  return {
    at(index) {
      if (held?.index === index) return held.block
      release()
      beforeRead()
      // A pass may be part of a computation that frees at its end what was made meanwhile.
      tf.tidy(() => {
        const block = load(index)
        const tensors = tf.tensor_util.getTensorsInContainer(block as unknown as tf.TensorContainer)
        held = { index, block, tensors: tensors.map((tensor) => tf.keep(tensor)) }
      })
      return held!.block
    },
    release
  }
}
