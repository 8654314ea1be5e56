import type { BackendName } from '@shared/backend'
import type { ProbeMethodOptions } from '@shared/probeMethods'
import { heldOutShare } from './tuning'

interface SolveSize {
  trainWords: number
  testWords: number
  width: number
  layers: number
  classes: number
  control: boolean
  codelength: boolean
  restarts: number
  seeds: number
  /** Values of C that are compared before. */
  tune?: readonly number[] | undefined
  probe: ProbeMethodOptions
  backend: BackendName
}

/**
 * Multiplications and additions a second that the solver reaches, measured on UD EWT dev (docs/probing.md): on two
 * cores; more cores only make a prediction too long.
 */
const flopsPerSecond: Record<BackendName, number> = { 'tensorflow-gpu': 1e12, tensorflow: 1.5e11, wasm: 6e9, cpu: 3e8 }

/** Evaluations of the objective that a layer takes, warm start included. */
const evaluations = 30

/**
 * Seconds of a solve that do not grow with the items: preconditioners, most of it. Small training sets, as a curve of
 * sizes has them, take little else.
 */
const secondsPerSolve = 0.03

/** Words of a sentence, more or less. */
const wordsPerSentence = 15

/** Passes over the training items that a probe trained by Adam makes before it stops, measured on UD EWT. */
const passes = 15

/** Seconds of a step of Adam beside its products: calls, and the parameters in plain loops. */
const secondsPerStep = 1.5e-3

/**
 * Of a run, what choosing C before it takes: a probe a value, without the control task, on nine tenths of the items.
 */
export function tuningShare({ tune, control }: Pick<SolveSize, 'tune' | 'control'>): number {
  const before = (1 - heldOutShare) * (tune?.length ?? 0)
  return before / (before + (control ? 2 : 1))
}

/** Time and memory of training and testing the probes, from the sizes alone. */
export function estimateSolve(size: SolveSize): { seconds: number; memoryBytes: number } {
  const { trainWords, testWords, width, layers, classes, control, seeds, probe, backend } = size
  const columns = classes * (control ? 1 + (drawsNothing(probe) ? seeds : 1) : 1)
  const reads = probe.kind === 'mix' ? (layers + 1) / 2 : 1
  const sets = probe.kind === 'structural' ? 2 : control ? 2 : 1
  const ranks = 'ranks' in probe ? probe.ranks.length : 1
  const training = secondsOfTraining(size, sets)
  // An online codelength trains on 1/2, 1/4, ... of the items once more.
  const repeats =
    probe.kind === 'structural'
      ? seeds
      : size.restarts + (size.codelength ? 1 : 0) + (drawsNothing(probe) ? 0 : seeds - 1)
  return {
    seconds:
      (layers * reads * (training * ranks * repeats + (2 * testWords * width * columns) / flopsPerSecond[backend])) /
      (1 - tuningShare(size)),
    // One layer's training and test words, the training words standardised once more, and three arrays of logits.
    memoryBytes:
      4 * (width * (2 * trainWords + testWords) * (probe.kind === 'mix' ? layers : 1) + 3 * trainWords * columns)
  }
}

// Of one layer at one rank.
function secondsOfTraining(
  { trainWords, testWords, width, classes, probe, control, seeds, backend }: SolveSize,
  sets: number
): number {
  const flops = flopsPerSecond[backend]
  if (probe.kind === 'knn') return (2 * testWords * trainWords * width) / flops
  if (probe.kind === 'linear') {
    const columns = classes * (control ? 1 + seeds : 1)
    return (
      (4 * trainWords * width * columns * evaluations * (probe.penalty === 'l2' ? 1 : 10) +
        2 * trainWords * width * width) /
        flops +
      secondsPerSolve * (control ? 1 + seeds : 1)
    )
  }
  const inner =
    probe.kind === 'structural'
      ? [probe.ranks.at(-1)!]
      : [...(probe.kind === 'lowRank' ? probe.ranks.slice(-1) : probe.hidden), classes]
  const weights = inner.reduce((sum, outputs, i) => sum + outputs * (i === 0 ? width : inner[i - 1]!), 0)
  const examples = probe.kind === 'structural' ? trainWords / wordsPerSentence : trainWords
  return (
    sets *
    Math.min(passes, probe.epochs) *
    ((6 * trainWords * weights) / flops + (examples / probe.batch) * (secondsPerStep + weights * 5e-9))
  )
}

/** Kinds that are solved once for all seeds. */
function drawsNothing({ kind }: ProbeMethodOptions): boolean {
  return kind === 'linear' || kind === 'knn'
}
