import { describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { Lbfgs, type Preconditioner } from '../../../src/main/engine/probes/solvers/lbfgs'
import { choleskyInverse } from '../../../src/main/engine/probes/solvers/positiveInverse'

const plain: Preconditioner = (vector, result) => result.set(vector)

type Objective = (x: Float64Array) => { value: number; gradient: Float64Array }

function run(lbfgs: Lbfgs, objective: Objective, evaluations: number, gain = 1e-18): Lbfgs {
  while (lbfgs.evaluations < evaluations && !lbfgs.stalled && !(lbfgs.expectedGain <= gain)) {
    const { value, gradient } = objective(lbfgs.point)
    lbfgs.tell(value, gradient)
  }
  return lbfgs
}

/** sum of c_i (x_i - i)^2 / 2 */
function bowl(curvature: readonly number[]): Objective {
  return (x) => ({
    value: curvature.reduce((sum, c, i) => sum + (c * (x[i]! - i) ** 2) / 2, 0),
    gradient: Float64Array.from(curvature, (c, i) => c * (x[i]! - i))
  })
}

// Rosenbrock 1960; minimum 0 at (1, 1) at the end of a bent valley.
const rosenbrock: Objective = (x) => {
  const [a, b] = x as unknown as [number, number]
  return {
    value: 100 * (b - a * a) ** 2 + (1 - a) ** 2,
    gradient: Float64Array.of(-400 * a * (b - a * a) - 2 * (1 - a), 200 * (b - a * a))
  }
}

describe('L-BFGS', () => {
  test('reaches the end of a bent valley', () => {
    const { point, evaluations } = run(new Lbfgs(Float64Array.of(-1.2, 1), plain), rosenbrock, 200)
    expect(point[0]).toBeCloseTo(1, 6)
    expect(point[1]).toBeCloseTo(1, 6)
    expect(evaluations).toBeLessThan(80)
  })

  test('an exact preconditioner leaves one step', () => {
    const curvature = [1, 10, 100, 1000]
    const exact: Preconditioner = (vector, result) => curvature.forEach((c, i) => (result[i] = vector[i]! / c))
    const lbfgs = run(new Lbfgs(new Float64Array(4), exact), bowl(curvature), 50)
    expect(lbfgs.iterations).toBe(1)
    expect(Array.from(lbfgs.point)).toEqual([0, 1, 2, 3])
  })

  test('a preconditioner may change on the way', () => {
    const curvature = Array.from({ length: 40 }, (_, i) => 1.5 ** i)
    const without = run(new Lbfgs(new Float64Array(40), plain), bowl(curvature), 2000, 1e-10)
    const changed = new Lbfgs(new Float64Array(40), plain)
    run(changed, bowl(curvature), 10, 1e-10)
    changed.setPreconditioner((vector, result) => curvature.forEach((c, i) => (result[i] = vector[i]! / c)))
    run(changed, bowl(curvature), 2000, 1e-10)
    expect(changed.evaluations).toBeLessThan(without.evaluations / 2)
    changed.point.forEach((x, i) => expect(x).toBeCloseTo(i, 4))
  })

  test('walks back from where the objective is not finite', () => {
    // -log(1 - x) + 5 (x + 1)^2 from far on the good side: the first step leaps over 1.
    const barrier: Objective = (x) => ({
      value: x[0]! < 1 ? -Math.log(1 - x[0]!) + 5 * (x[0]! + 1) ** 2 : Number.NaN,
      gradient: Float64Array.of(1 / (1 - x[0]!) + 10 * (x[0]! + 1))
    })
    const { point } = run(new Lbfgs(Float64Array.of(-9), plain), barrier, 100)
    expect(1 / (1 - point[0]!) + 10 * (point[0]! + 1)).toBeCloseTo(0, 5)
  })

  test('expects to gain what there is to gain, once it knows the curvature', () => {
    const curvature = [1, 3, 9]
    const exact: Preconditioner = (vector, result) => curvature.forEach((c, i) => (result[i] = vector[i]! / c))
    const lbfgs = new Lbfgs(new Float64Array(3), exact)
    const { value, gradient } = bowl(curvature)(lbfgs.point)
    lbfgs.tell(value, gradient)
    const expected = curvature.reduce((sum, c, i) => sum + (c * i * i) / 2, 0)
    // One number is not trusted: the larger of the last two counts, and there was none before.
    expect(lbfgs.expectedGain).toBe(Number.POSITIVE_INFINITY)
    lbfgs.tell(bowl(curvature)(lbfgs.point).value, bowl(curvature)(lbfgs.point).gradient)
    expect(lbfgs.expectedGain).toBeCloseTo(expected, 10)
  })

  test('tells what the last five steps gained, in the mean', () => {
    const curvature = Array.from({ length: 30 }, (_, i) => 1.3 ** i)
    const lbfgs = new Lbfgs(new Float64Array(30), plain)
    const values: number[] = []
    while (values.length < 12) {
      const { value, gradient } = bowl(curvature)(lbfgs.point)
      if (!lbfgs.tell(value, gradient)) continue
      values.push(value)
      if (values.length < 2) expect(lbfgs.recentGain).toBe(Number.POSITIVE_INFINITY)
      else {
        const steps = Math.min(5, values.length - 1)
        expect(lbfgs.recentGain).toBeCloseTo((values.at(-1 - steps)! - value) / steps, 10)
      }
    }
  })

  test('stops, at the best point, where no step helps', () => {
    // The gradient points the wrong way: no step down exists.
    const wrong: Objective = (x) => ({ value: x[0]! ** 2, gradient: Float64Array.of(-1) })
    const lbfgs = run(new Lbfgs(Float64Array.of(0), plain), wrong, 100)
    expect(lbfgs.stalled).toBe(true)
    expect(lbfgs.point[0]).toBe(0)
  })
})

describe('inverse of a positive definite matrix', () => {
  test.each([1, 2, 7, 40])('of size %i', async (size) => {
    const random = seededRandom(size)
    const root = Float64Array.from({ length: size * size }, () => random.normal())
    const matrix = new Float64Array(size * size)
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        matrix[i * size + j] =
          (i === j ? 1 : 0) +
          Array.from({ length: size }, (_, k) => root[i * size + k]! * root[j * size + k]!).reduce((a, b) => a + b)
      }
    }
    const inverse = await choleskyInverse(matrix, size, silentJob())
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const product = Array.from({ length: size }, (_, k) => matrix[i * size + k]! * inverse[k * size + j]!).reduce(
          (a, b) => a + b
        )
        expect(product).toBeCloseTo(i === j ? 1 : 0, 9)
      }
    }
  })

  test('a matrix that is not positive definite is refused', async () => {
    await expect(choleskyInverse(Float64Array.of(1, 2, 2, 1), 2, silentJob())).rejects.toThrow(
      'not positive definite: pivot 1 is -3'
    )
  })
})
