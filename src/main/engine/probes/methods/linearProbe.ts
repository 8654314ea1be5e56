import { seededRandom } from '@shared/random'
import { extended } from '../../backends/extendedBinding'
import { nativeProcessor } from '../../backends/nativeProcessor'
import type { DenseLayer } from '../solvers/dense'
import { fitLinear, linearDefaults, type LinearProbe } from '../solvers/linear'
import { probeMethod, type Answers, type TrainedProbe } from './method'
import { asProbe } from './networkProbes'
import { fitSparse, sparseDefaults } from '../solvers/sparse'

/** Evaluations of the objective that a layer takes, warm start included. */
const evaluationsOfLbfgs = 30

/**
 * Seconds of a solve that do not grow with the items: preconditioners, most of it. Small training sets, as a curve of
 * sizes has them, take little else.
 */
const secondsPerSolve = 0.03

/**
 * Multinomial logistic regression. With L2 its minimum is unique; random starts only show how near to it the solver
 * stops.
 */
export const linearMethod = probeMethod('linear', {
  solver: 'multinomial logistic regression, L-BFGS with a Kronecker-factored preconditioner; with L1, FISTA',
  drawn: false,
  seconds({ trainWords, width, classes, control, seeds, flops }, { penalty }) {
    const solves = control ? 1 + seeds : 1
    const evaluations = penalty === 'l2' ? evaluationsOfLbfgs : 10 * evaluationsOfLbfgs
    return (
      (4 * trainWords * width * classes * solves * evaluations + 2 * trainWords * width * width) / flops +
      secondsPerSolve * solves
    )
  },
  async fit({ data, labels, classes, options, seed, restart, job, onProgress }) {
    const rows = { values: data.layers[0]!, width: data.width, rows: data.rows }
    const start = restart > 0 ? startingPoint(classes, data.width, seed + restart) : null
    if (options.penalty !== 'l2') {
      const l1Ratio = options.penalty === 'l1' ? 1 : options.l1Ratio
      const sparse = await fitSparse(
        rows,
        labels,
        classes,
        { ...sparseDefaults, inverseRegularisation: options.inverseRegularisation, l1Ratio },
        job,
        onProgress,
        start
      )
      return sparse.map((probe) => ({
        ...asLinearProbe(probe, classes, data.width),
        iterations: probe.iterations,
        converged: probe.converged,
        loss: probe.loss,
        sparsity: { nonZero: probe.nonZero, weights: probe.weight.length }
      }))
    }
    const solved = await fitLinear(
      rows,
      labels,
      classes,
      { ...linearDefaults, inverseRegularisation: options.inverseRegularisation },
      job,
      onProgress,
      start
    )
    return solved.map((probe) => ({
      ...asLinearProbe(probe, classes, data.width),
      iterations: probe.iterations,
      converged: probe.converged,
      loss: probe.loss
    }))
  }
})

function asLinearProbe(
  probe: Pick<LinearProbe, 'weight' | 'intercept'>,
  classes: number,
  width: number
): ReturnType<typeof asProbe> & Pick<TrainedProbe, 'answers'> {
  return { ...asProbe([denseLayer(probe, classes, width)], classes), answers: (values) => linearAnswers(probe, values) }
}

function linearAnswers(
  { weight, intercept }: Pick<LinearProbe, 'weight' | 'intercept'>,
  values: Float32Array
): Answers | null {
  const native = nativeProcessor()
  if (!native) return null
  const items = values.length / (weight.length / intercept.length)
  const answers = { predicted: new Int32Array(items), probability: new Float32Array(items) }
  extended(native).answerSoftmax(values, weight, intercept, answers.predicted, answers.probability)
  return answers
}

/** Uniform within 1 / sqrt(inputs), as networks start. */
function startingPoint(classes: number, width: number, seed: number): Float64Array {
  const random = seededRandom(seed)
  const bound = 1 / Math.sqrt(width)
  return Float64Array.from({ length: classes * (width + 1) }, () => bound * (2 * random.next() - 1))
}

export function denseLayer(
  { weight, intercept }: Pick<LinearProbe, 'weight' | 'intercept'>,
  classes: number,
  width: number
): DenseLayer {
  const transposed = new Float32Array(weight.length)
  for (let k = 0; k < classes; k++) for (let j = 0; j < width; j++) transposed[j * classes + k] = weight[k * width + j]!
  return { weight: transposed, bias: intercept }
}
