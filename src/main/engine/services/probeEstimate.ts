import type { BackendName } from '@shared/backend'

interface SolveSize {
  trainWords: number
  testWords: number
  width: number
  layers: number
  classes: number
  control: boolean
  backend: BackendName
}

/**
 * Multiplications and additions a second that the solver reaches, measured on UD EWT dev (docs/probing.md): on two cores; more cores
 * only make a prediction too long.
 */
const flopsPerSecond: Record<BackendName, number> = { 'tensorflow-gpu': 1e12, 'tensorflow': 6e10, 'wasm': 6e9, 'cpu': 3e8 }

/** Evaluations of the objective that a layer takes, warm start included. */
const evaluations = 30

/** Time and memory of training and testing the probes, from the sizes alone. */
export function estimateSolve({ trainWords, testWords, width, layers, classes, control, backend }: SolveSize): { seconds: number; memoryBytes: number } {
  const columns = classes * (control ? 2 : 1)
  const perLayer = 4 * trainWords * width * columns * evaluations + 2 * testWords * width * columns + 2 * trainWords * width * width
  return {
    seconds: (layers * perLayer) / flopsPerSecond[backend],
    // One layer's training and test words, the training words standardised once more, and three arrays of logits.
    memoryBytes: 4 * (width * (2 * trainWords + testWords) + 3 * trainWords * columns)
  }
}
