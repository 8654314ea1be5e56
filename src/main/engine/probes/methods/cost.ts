/** What the time of training a probe depends on, besides its options. */
export interface TrainingSize {
  trainWords: number
  testWords: number
  width: number
  classes: number
  control: boolean
  /** Repetitions of the whole experiment, each with a control task of its own. */
  seeds: number
  /** Multiplications and additions a second that the backend reaches. */
  flops: number
}

/** Passes over the training items that a probe trained by Adam makes before it stops, measured on UD EWT. */
const passes = 15

/** Seconds of a step of Adam besides its products: calls, and the parameters in plain loops. */
const secondsPerStep = 1.5e-3

/**
 * Seconds of training networks by Adam on one layer.
 * @param outputs of each matrix, the first one's input being as wide as the vectors
 * @param examples what a batch is made of, in total
 * @param networks trained one after another
 */
export function networkSeconds(
  { trainWords, width, flops }: TrainingSize,
  outputs: readonly number[],
  { epochs, batch }: { epochs: number; batch: number },
  examples: number,
  networks: number
): number {
  const weights = outputs.reduce((sum, size, i) => sum + size * (i === 0 ? width : outputs[i - 1]!), 0)
  return (
    networks *
    Math.min(passes, epochs) *
    ((6 * trainWords * weights) / flops + (examples / batch) * (secondsPerStep + weights * 5e-9))
  )
}

/** The same for probes of classes: a network for the task, and one for its control. */
export function classNetworkSeconds(
  size: TrainingSize,
  hidden: readonly number[],
  training: { epochs: number; batch: number }
): number {
  return networkSeconds(size, [...hidden, size.classes], training, size.trainWords, size.control ? 2 : 1)
}
