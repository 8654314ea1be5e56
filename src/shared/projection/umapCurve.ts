import { UserError } from '../userError'

/** Parameters of the layout's similarity curve 1 / (1 + a d^(2b)). */
export interface CurveParameters {
  a: number
  b: number
}

/** Points at which the curve is fitted, evenly over [0, 3 spread]: the number umap-learn uses, hence its values. */
const SAMPLES = 300

/**
 * Least-squares fit of 1 / (1 + a d^(2b)) to the curve that is 1 up to `minDist` and falls off as exp(-(d - minDist) /
 * spread) beyond it (McInnes, Healy & Melville 2018, section 3.2), by Levenberg-Marquardt with the exact Jacobian.
 *
 * umap-js's own fit stops at a tolerance of 0.01 with a difference quotient of step 0.1, which leaves `a` 0.5 % off at
 * its defaults and 34 % off at `minDist` 0.99; this one agrees with umap-learn's to six digits.
 */
export function fitCurve(spread: number, minDist: number): CurveParameters {
  if (!(spread > 0) || !(minDist >= 0) || minDist > spread) {
    throw new UserError(
      `The minimum distance (${minDist}) must be between 0 and the spread (${spread}), and the spread must be above 0.`
    )
  }
  const distances = Float64Array.from({ length: SAMPLES }, (_, i) => (3 * spread * i) / (SAMPLES - 1))
  const targets = distances.map((d) => (d < minDist ? 1 : Math.exp(-(d - minDist) / spread)))
  let a = 1
  let b = 1
  let damping = 1e-3
  let current = normalEquations(distances, targets, a, b)
  for (let iteration = 0; iteration < 200; iteration++) {
    const aa = current.aa * (1 + damping)
    const bb = current.bb * (1 + damping)
    const determinant = aa * bb - current.ab * current.ab
    const stepA = (bb * current.ga - current.ab * current.gb) / determinant
    const stepB = (aa * current.gb - current.ab * current.ga) / determinant
    const proposal = a + stepA > 0 && b + stepB > 0 ? normalEquations(distances, targets, a + stepA, b + stepB) : null
    if (proposal && proposal.loss <= current.loss) {
      a += stepA
      b += stepB
      current = proposal
      damping /= 10
      if (Math.abs(stepA) <= 1e-12 * a && Math.abs(stepB) <= 1e-12 * b) break
    } else {
      damping *= 10
      if (damping > 1e12) break
    }
  }
  return { a, b }
}

/** Sum of squared residuals, and J'J and J'r of the residuals r = target - curve. */
function normalEquations(distances: Float64Array, targets: Float64Array, a: number, b: number) {
  let loss = 0
  let aa = 0
  let ab = 0
  let bb = 0
  let ga = 0
  let gb = 0
  for (let i = 0; i < distances.length; i++) {
    const d = distances[i]!
    const power = d > 0 ? d ** (2 * b) : 0
    const value = 1 / (1 + a * power)
    const residual = targets[i]! - value
    const byA = -power * value * value
    const byB = d > 0 ? 2 * a * Math.log(d) * byA : 0
    loss += residual * residual
    aa += byA * byA
    ab += byA * byB
    bb += byB * byB
    ga += byA * residual
    gb += byB * residual
  }
  return { loss, aa, ab, bb, ga, gb }
}
