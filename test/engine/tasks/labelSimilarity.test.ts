import { expect, test } from 'vitest'
import { normalisedInformation } from '../../../src/main/engine/tasks/labelSimilarity'

const of = (...classes: number[]): Int32Array => Int32Array.from(classes)

test('is 1 where each label follows from the other, and 0 where they are independent', () => {
  expect(normalisedInformation(of(0, 0, 1, 2), of(5, 5, 3, 4))).toBeCloseTo(1, 12)
  expect(normalisedInformation(of(0, 0, 1, 1), of(0, 1, 0, 1))).toBeCloseTo(0, 12)
})

test('is that of scikit-learn, items without a label left out', () => {
  // normalized_mutual_info_score([0, 0, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1])
  const first = of(0, 0, -1, 1, 1, 2, 2, 0)
  const second = of(0, 0, 1, 0, 1, 1, 1, -1)
  expect(normalisedInformation(first, second)).toBeCloseTo(0.5158037429793889, 12)
  expect(normalisedInformation(of(-1, 1), of(1, -1))).toBeNull()
  expect(normalisedInformation(of(1, 1), of(2, 2))).toBeNull()
})
