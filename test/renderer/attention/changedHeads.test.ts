import { expect, test } from 'vitest'
import { mostChanged } from '@/modules/attention/changedHeads'

test('heads that changed most, layers from 1 and heads from 0', () => {
  expect(mostChanged([0.1, 0.4, 0.3, 0.2], 2, 3)).toEqual([
    { layer: 1, head: 1, value: 0.4 },
    { layer: 2, head: 0, value: 0.3 },
    { layer: 2, head: 1, value: 0.2 }
  ])
})
