import { describe, expect, test } from 'vitest'
import { controlLabels } from '../../../src/main/engine/probes/scores/controlTask'

const shares = Float64Array.of(0.5, 0.3, 0, 0.2)
const types = Array.from({ length: 20_000 }, (_, i) => `type${i}`)

describe('control task', () => {
  test('gives a type the same label wherever it occurs', () => {
    const labels = controlLabels(['the', 'dog', 'the', 'cat', 'dog', 'the'], shares, 1)
    expect(labels[2]).toBe(labels[0])
    expect(labels[5]).toBe(labels[0])
    expect(labels[4]).toBe(labels[1])
  })

  test('does not depend on order or company: test types get the labels that training would have given them', () => {
    const train = controlLabels(types, shares, 7)
    const reversed = controlLabels([...types].reverse(), shares, 7)
    expect(Array.from(reversed).reverse()).toEqual(Array.from(train))
    expect(controlLabels([types[123]!], shares, 7)[0]).toBe(train[123])
  })

  test('draws by the distribution of the real labels', () => {
    const counts = new Float64Array(4)
    for (const label of controlLabels(types, shares, 3)) counts[label]!++
    expect(counts[2]).toBe(0)
    // Five standard deviations of a binomial share.
    shares.forEach((share, k) =>
      expect(Math.abs(counts[k]! / types.length - share)).toBeLessThanOrEqual(
        5 * Math.sqrt((share * (1 - share)) / types.length)
      )
    )
  })

  test('takes counts as well as shares', () => {
    expect(
      controlLabels(
        types,
        shares.map((share) => 40 * share),
        3
      )
    ).toEqual(controlLabels(types, shares, 3))
  })

  test('another seed is another draw', () => {
    const first = controlLabels(types, shares, 1)
    const second = controlLabels(types, shares, 2)
    const agree = first.filter((label, i) => label === second[i]).length / types.length
    // Independent draws agree with probability 0.5^2 + 0.3^2 + 0.2^2.
    expect(agree).toBeGreaterThan(0.36)
    expect(agree).toBeLessThan(0.4)
  })
})
