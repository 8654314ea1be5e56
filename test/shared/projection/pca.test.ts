import { describe, expect, it } from 'vitest'
import { principalComponents } from '@shared/projection/pca'
import { symmetricEigen } from '@shared/projection/symmetricEigen'
import { seededRandom } from '@shared/random'
import { largestDifference, points, reference, words } from './fixture'

describe('principal components', () => {
  it("agree with numpy's singular value decomposition, signs included", async () => {
    const ours = await principalComponents(points.vectors, points.count, points.width, { components: 3 })
    const theirs = reference.principal
    expect(largestDifference(ours.explained, theirs.explained)).toBeLessThan(1e-6)
    expect(largestDifference(ours.axes, theirs.axes)).toBeLessThan(1e-5)
    expect(largestDifference(ours.scores, theirs.scores)).toBeLessThan(1e-4)
  })

  it('find the axes that real words were already turned to', async () => {
    // The fixture holds principal components: its covariance is diagonal up to float16 rounding.
    const { axes, explained } = await principalComponents(words.vectors, words.count, words.width, { components: 6 })
    for (let component = 0; component < 6; component++) {
      const axis = axes.subarray(component * words.width, (component + 1) * words.width)
      expect(axis[component]).toBeGreaterThan(0.999)
      expect(Math.hypot(...axis)).toBeCloseTo(1, 10)
    }
    expect([...explained].sort((a, b) => b - a)).toEqual(explained)
  })

  it('do not depend on the seed of the random start', async () => {
    const one = await principalComponents(words.vectors, words.count, words.width, { components: 10, seed: 1 })
    const two = await principalComponents(words.vectors, words.count, words.width, { components: 10, seed: 2 })
    expect(largestDifference(one.scores, two.scores)).toBeLessThan(1e-3)
  })

  it('give exact results where the data spans fewer dimensions than vectors are carried', async () => {
    const random = seededRandom(3)
    const along = [1, -2, 2, 0]
    const vectors = Float32Array.from({ length: 50 * 4 }, () => 0)
    const positions = Array.from({ length: 50 }, () => random.normal())
    positions.forEach((position, row) =>
      along.forEach((value, column) => (vectors[row * 4 + column] = 5 + position * value))
    )
    const { explained, axes, scores } = await principalComponents(vectors, 50, 4, { components: 2 })
    expect(explained[0]).toBeCloseTo(1, 6)
    expect(explained[1]).toBeCloseTo(0, 6)
    expect(Array.from(axes.subarray(0, 4)).map((value) => Math.abs(value))).toEqual([
      expect.closeTo(1 / 3, 5),
      expect.closeTo(2 / 3, 5),
      expect.closeTo(2 / 3, 5),
      expect.closeTo(0, 5)
    ])
    expect(scores).toHaveLength(100)
  })

  it('of equal vectors are all at zero', async () => {
    const { scores, explained } = await principalComponents(new Float32Array(30).fill(2), 10, 3, { components: 2 })
    expect(Array.from(scores)).toEqual(new Array(20).fill(0))
    expect(explained).toEqual([0, 0])
  })

  it('are refused beyond what the data can have, and for numbers that are none', async () => {
    await expect(principalComponents(new Float32Array(8), 2, 4, { components: 2 })).rejects.toThrow(
      '2 vectors of 4 numbers have at most 1 principal components, so 2 cannot be computed.'
    )
    await expect(principalComponents(Float32Array.of(1, 2, NaN, 4, 5, 6), 3, 2, { components: 1 })).rejects.toThrow(
      'not a finite number'
    )
  })
})

describe('symmetric eigenvectors', () => {
  it('rebuild the matrix', () => {
    const size = 12
    const random = seededRandom(4)
    const matrix = new Float64Array(size * size)
    for (let i = 0; i < size; i++)
      for (let j = 0; j <= i; j++) matrix[i * size + j] = matrix[j * size + i] = random.normal()
    const { values, vectors } = symmetricEigen(matrix, size)
    const rebuilt = matrix.map((_, place) => {
      const [i, j] = [Math.floor(place / size), place % size]
      return values.reduce((sum, value, e) => sum + value * vectors[e * size + i]! * vectors[e * size + j]!, 0)
    })
    expect(largestDifference(rebuilt, matrix)).toBeLessThan(1e-12)
    expect([...values].sort((a, b) => b - a)).toEqual([...values])
  })
})
