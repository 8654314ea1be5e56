import { expect, test } from 'vitest'
import { raceOfWriters } from '../engine/activations/fixtures/raceOfWriters'

test('1,000 rounds of two processes that extract the same vectors: none wrong, none failed', async () => {
  const { outcomes, complete } = await raceOfWriters(1000)
  expect(outcomes).toEqual(['1000 right, 0 wrong\n', '1000 right, 0 wrong\n'])
  expect(complete).toBe(1000)
})
