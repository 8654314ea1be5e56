import type { JobHandle } from '@shared/jobs'
import type { LinearProbe } from './linear'
import { overRawVectors } from './linear'
import { SoftmaxRegression } from './softmaxRegression'
import { measureFeatures, type SelectedRows } from './standardise'

export interface SparseOptions {
  /** Inverse strength of the penalty, as scikit-learn's C. */
  inverseRegularisation: number
  /** Share of L1 in it, as scikit-learn's l1_ratio. */
  l1Ratio: number
  /** A set is done when an iteration moves the weights by less than this share of their length. */
  tolerance: number
  maxIterations: number
}

export const sparseDefaults = { tolerance: 1e-3, maxIterations: 1000 }

/** How much the step is lengthened before it is tried again, and shortened where it was too long. */
const growth = 1.05
const shrinkage = 0.5

/** Differences of the objective below this share of it are rounding: the products behind it are in single precision. */
const noise = 1e-6

interface Descent {
  set: number
  /** [classes, columns]; the last column, the intercepts, is not penalised. */
  point: Float64Array
  /** Where the gradient is taken: ahead of the point, by the momentum. */
  ahead: Float64Array
  momentum: number
  step: number
  iterations: number
  converged: boolean
  loss: number
}

export interface SparseProbe extends LinearProbe {
  nonZero: number
}

/**
 * Multinomial logistic regression with an L1 or an elastic-net penalty, scikit-learn's objective (summed loss +
 * (l1Ratio |W|_1 + (1 - l1Ratio) |W|^2 / 2) / C) over standardised features, by FISTA (Beck & Teboulle 2009) with a
 * line search of its step and restarts of its momentum (O'Donoghue & Candes 2015).
 */
export async function fitSparse(
  data: SelectedRows,
  labels: readonly Int32Array[],
  classes: number,
  options: SparseOptions,
  job: JobHandle,
  onProgress: (share: number) => void,
  start: Float64Array | null = null
): Promise<SparseProbe[]> {
  const standardisation = await measureFeatures(data, job)
  const problem = await SoftmaxRegression.load(data, standardisation, labels, classes, job)
  try {
    const probes: SparseProbe[] = []
    for (const set of labels.keys()) {
      const { point, iterations, converged, loss } = await descend(problem, set, options, start, job, (share) =>
        onProgress((set + share) / labels.length)
      )
      const nonZero = point.filter((value, i) => i % problem.columns !== problem.columns - 1 && value !== 0).length
      probes.push({
        ...overRawVectors(point, classes, data.width, standardisation),
        iterations,
        evaluations: iterations,
        converged,
        loss,
        nonZero
      })
    }
    return probes
  } finally {
    problem.dispose()
  }
}

async function descend(
  problem: SoftmaxRegression,
  set: number,
  options: SparseOptions,
  start: Float64Array | null,
  job: JobHandle,
  onProgress: (share: number) => void
): Promise<Descent> {
  const { classes, columns, rows } = problem
  const size = classes * columns
  const l1 = options.l1Ratio / options.inverseRegularisation
  const l2 = (1 - options.l1Ratio) / options.inverseRegularisation
  const penalised = (i: number): boolean => i % columns !== columns - 1
  const smooth = async (point: Float64Array): Promise<{ loss: number; gradient: Float64Array }> => {
    const [found] = await problem.evaluate([set], [point], job)
    const { gradient } = found!
    let { loss } = found!
    for (let i = 0; i < size; i++) {
      if (!penalised(i)) continue
      loss += 0.5 * l2 * point[i]! ** 2
      gradient[i]! += l2 * point[i]!
    }
    return { loss, gradient }
  }
  const run: Descent = {
    set,
    point: start?.slice() ?? new Float64Array(size),
    ahead: start?.slice() ?? new Float64Array(size),
    momentum: 1,
    step: 4 / rows,
    iterations: 0,
    converged: false,
    loss: 0
  }
  while (!run.converged && run.iterations < options.maxIterations) {
    const at = await smooth(run.ahead)
    let next = new Float64Array(size)
    let after = at
    for (run.step *= growth; ; run.step *= shrinkage) {
      next = proximal(run.ahead, at.gradient, run.step, l1, penalised)
      after = await smooth(next)
      let slope = 0
      let squares = 0
      for (let i = 0; i < size; i++) {
        const move = next[i]! - run.ahead[i]!
        slope += at.gradient[i]! * move
        squares += move * move
      }
      // The quadratic model has to lie above the smooth part (Beck & Teboulle 2009, equation 2.5).
      if (after.loss <= at.loss + slope + squares / (2 * run.step) + noise * Math.abs(at.loss)) break
    }
    run.iterations++
    const [moved, length, turned] = compared(run, next)
    run.converged = moved <= options.tolerance * Math.max(length, 1e-12)
    const momentum = turned ? 1 : (1 + Math.sqrt(1 + 4 * run.momentum ** 2)) / 2
    const carry = turned ? 0 : (run.momentum - 1) / momentum
    run.ahead = next.map((value, i) => value + carry * (value - run.point[i]!))
    run.point = next
    run.momentum = momentum
    run.loss = after.loss + l1 * next.reduce((sum, value, i) => sum + (penalised(i) ? Math.abs(value) : 0), 0)
    onProgress(Math.min(1, Math.log(Math.max(moved, 1e-12) / Math.max(length, 1e-12)) / Math.log(options.tolerance)))
    await job.yield()
  }
  return run
}

// A step against the gradient, then every penalised weight nearer to 0 by step * l1.
function proximal(
  point: Float64Array,
  gradient: Float64Array,
  step: number,
  l1: number,
  penalised: (i: number) => boolean
): Float64Array<ArrayBuffer> {
  return Float64Array.from(point, (value, i) => {
    const moved = value - step * gradient[i]!
    return penalised(i) ? Math.sign(moved) * Math.max(0, Math.abs(moved) - step * l1) : moved
  })
}

// How far the point moved, how long it is, and whether the momentum points against the step.
function compared(run: Descent, next: Float64Array): [number, number, boolean] {
  let [moved, length, turn] = [0, 0, 0]
  next.forEach((value, i) => {
    const step = value - run.point[i]!
    moved += step * step
    length += value * value
    turn += (run.ahead[i]! - value) * step
  })
  return [Math.sqrt(moved), Math.sqrt(length), turn > 0]
}
