import type { JobHandle } from '@shared/jobs'
import { classCurvaturePays, classPreconditioner } from './classCurvature'
import {
  damping,
  kroneckerPreconditioner,
  leastDamping,
  priorClassFactor,
  type KroneckerPreconditioner
} from './kroneckerPreconditioner'
import { Lbfgs } from './lbfgs'
import { SoftmaxRegression, type Evaluation } from './softmaxRegression'
import { measureFeatures, type SelectedRows } from './standardise'

export interface LinearOptions {
  /**
   * Inverse strength of the L2 penalty, as scikit-learn's C: the objective is the summed loss plus |W|^2 / (2 C),
   * intercepts free.
   */
  inverseRegularisation: number
  /**
   * A set is done when the solver's own model of the objective expects to gain no more than this share of it, divided
   * by the root of C where C is above 1: the weaker the penalty, the more the model leaves out. On UD EWT the true
   * distance from the minimum is then some 1 %, about where scikit-learn's default `tol` stops, and accuracy within 0.3
   * points of the minimum's (docs/probing.md).
   */
  tolerance: number
  maxIterations: number
}

export const linearDefaults: LinearOptions = { inverseRegularisation: 1, tolerance: 3e-4, maxIterations: 1000 }

/** Probes for one layer: row-major, over the vectors as they are (not standardised). */
export interface LinearProbe {
  /** [classes, width] */
  weight: Float32Array
  /** [classes] */
  intercept: Float32Array
  iterations: number
  evaluations: number
  converged: boolean
  /** The objective at the end, summed over the training words, penalty included. */
  loss: number
}

/**
 * After this many evaluations the curvature is estimated again, at the point reached; before, the probabilities say
 * little about it.
 */
const firstLook = 10

/** Milliseconds of work between two chances for others. */
const patience = 60

interface Minimisation {
  set: number
  lbfgs: Lbfgs
  preconditioners: KroneckerPreconditioner[]
  refreshed: boolean
}

/**
 * Multinomial logistic regression, scikit-learn's objective, on standardised features: all label sets side by side,
 * each by L-BFGS with a Kronecker-factored preconditioner. The minimum is unique but for a constant added to all
 * intercepts.
 * @param labels of every set, [data.rows.length], each in [0, classes)
 * @param onProgress share of the way, from 0 to 1
 * @param start where every set starts, [classes, width + 1] over standardised features; at 0 when left out
 */
export async function fitLinear(
  data: SelectedRows,
  labels: readonly Int32Array[],
  classes: number,
  options: LinearOptions,
  job: JobHandle,
  onProgress: (share: number) => void = () => undefined,
  start: Float64Array | null = null
): Promise<LinearProbe[]> {
  const standardisation = await measureFeatures(data, job)
  const problem = await SoftmaxRegression.load(data, standardisation, labels, classes, job)
  const tolerance = toleranceOf(options)
  try {
    const solved = await minimise(problem, labels, { ...options, tolerance }, start, job, onProgress)
    return solved.map((lbfgs) => {
      const { point, iterations, evaluations, value } = lbfgs
      return {
        ...overRawVectors(point, classes, data.width, standardisation),
        iterations,
        evaluations,
        converged: reached(lbfgs, tolerance),
        loss: value
      }
    })
  } finally {
    problem.dispose()
  }
}

function toleranceOf({ tolerance, inverseRegularisation }: LinearOptions): number {
  return tolerance / Math.max(1, Math.sqrt(inverseRegularisation))
}

async function minimise(
  problem: SoftmaxRegression,
  labels: readonly Int32Array[],
  options: LinearOptions,
  start: Float64Array | null,
  job: JobHandle,
  onProgress: (share: number) => void
): Promise<Lbfgs[]> {
  const { classes, columns } = problem
  // Of two classes scikit-learn keeps one vector w, ours are -w / 2 and w / 2: half the square, so twice the factor
  // makes the penalties equal.
  const penalty = (classes === 2 ? 2 : 1) / options.inverseRegularisation
  const runs: Minimisation[] = []
  let last = performance.now()
  try {
    const features = await problem.featureFactor(job)
    for (const [set, ids] of labels.entries()) {
      const preconditioner = await kroneckerPreconditioner(
        { classes: priorClassFactor(shares(ids, classes)), features },
        classes,
        columns,
        penalty,
        job
      )
      runs.push({
        set,
        lbfgs: new Lbfgs(start ?? new Float64Array(classes * columns), preconditioner.apply),
        preconditioners: [preconditioner],
        refreshed: false
      })
    }
    const finished = ({ lbfgs }: Minimisation): boolean =>
      lbfgs.stalled || reached(lbfgs, options.tolerance) || lbfgs.iterations >= options.maxIterations
    for (let open = runs; open.length > 0; open = open.filter((run) => !finished(run))) {
      const evaluations = await problem.evaluate(
        open.map((run) => run.set),
        open.map((run) => run.lbfgs.point),
        job
      )
      for (const [i, run] of open.entries()) {
        const { loss, gradient } = penalised(evaluations[i]!, run.lbfgs.point, columns, penalty)
        if (!run.refreshed && run.lbfgs.evaluations >= firstLook) {
          run.refreshed = true
          const preconditioner = await secondLook(problem, run.lbfgs.point, features, penalty, job)
          run.preconditioners.push(preconditioner)
          run.lbfgs.setPreconditioner(preconditioner.apply)
        }
        run.lbfgs.tell(loss, gradient)
      }
      if (performance.now() - last < patience) continue
      onProgress(Math.min(...runs.map((run) => share(run.lbfgs, options.tolerance))))
      await job.yield()
      last = performance.now()
    }
    return runs.map((run) => run.lbfgs)
  } finally {
    runs.forEach((run) => run.preconditioners.forEach((preconditioner) => preconditioner.dispose()))
  }
}

// Class by class where that pays, otherwise by one Kronecker product.
async function secondLook(
  problem: SoftmaxRegression,
  point: Float64Array,
  features: Float64Array,
  penalty: number,
  job: JobHandle
): Promise<KroneckerPreconditioner> {
  const { classes, columns, rows } = problem
  if (!classCurvaturePays(rows, columns, classes))
    return kroneckerPreconditioner(await problem.curvatureAt(point, job), classes, columns, penalty, job)
  const { x, chosen, dispose } = await problem.classRows(point, job)
  try {
    return classPreconditioner({
      x,
      chosen,
      shared: features.map((sum) => sum / rows),
      ridge: damping * penalty,
      relativeRidge: leastDamping
    })
  } finally {
    dispose()
  }
}

// Adds lambda / 2 |W|^2; the last column, the intercepts, is free.
function penalised({ loss, gradient }: Evaluation, point: Float64Array, columns: number, penalty: number): Evaluation {
  let squares = 0
  for (let i = 0; i < point.length; i++) {
    if (i % columns === columns - 1) continue
    squares += point[i]! ** 2
    gradient[i]! += penalty * point[i]!
  }
  return { loss: loss + 0.5 * penalty * squares, gradient }
}

/**
 * What the last steps may have gained in the mean, times what is expected of the next one, where a minimisation ends.
 */
const recentFactor = 3

// A model that expects nothing while the last steps still gained much is wrong: from one of twenty random starts of
// UPOS at layer 0 it was, 1.3 % above the minimum.
function reached({ expectedGain, recentGain, stalled, value }: Lbfgs, tolerance: number): boolean {
  return (
    expectedGain <= tolerance * Math.abs(value) && (stalled || recentGain <= recentFactor * tolerance * Math.abs(value))
  )
}

// What is left falls by a steady factor, more or less, from about the objective itself to its share `tolerance`.
function share({ expectedGain, value }: Lbfgs, tolerance: number): number {
  const left = expectedGain / Math.abs(value)
  return left <= tolerance ? 1 : Math.max(0, Math.log(left) / Math.log(tolerance))
}

function shares(labels: Int32Array, classes: number): Float64Array {
  const counts = new Float64Array(classes)
  for (const label of labels) counts[label]!++
  return counts.map((count) => count / labels.length)
}

/**
 * W (x - mean) / scale + b = (W / scale) x + (b - W mean / scale), from [classes, width + 1]; the intercepts are
 * centred, which changes no probability.
 */
export function overRawVectors(
  point: Float64Array,
  classes: number,
  width: number,
  { mean, scale }: { mean: Float64Array; scale: Float64Array }
): { weight: Float32Array; intercept: Float32Array } {
  const weight = new Float32Array(classes * width)
  const intercept = new Float64Array(classes)
  for (let k = 0; k < classes; k++) {
    intercept[k] = point[k * (width + 1) + width]!
    for (let j = 0; j < width; j++) {
      const value = point[k * (width + 1) + j]! / scale[j]!
      weight[k * width + j] = value
      intercept[k]! -= value * mean[j]!
    }
  }
  const centre = intercept.reduce((sum, value) => sum + value, 0) / classes
  return { weight, intercept: Float32Array.from(intercept, (value) => value - centre) }
}
