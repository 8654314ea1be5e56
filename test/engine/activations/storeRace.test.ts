import { expect, test } from 'vitest'
import { raceOfWriters } from './fixtures/raceOfWriters'

test('two processes that extract the same vectors at once read the right numbers, and neither fails', async () => {
  const { outcomes, complete } = await raceOfWriters(60)
  expect(outcomes).toEqual(['60 right, 0 wrong\n', '60 right, 0 wrong\n'])
  expect(complete).toBe(60)
})
