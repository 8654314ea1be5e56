import { expect, test } from 'vitest'
import { SeenTypes, typesRecur } from '../../../src/main/engine/probes/scores/typeScores'

test('accuracy on seen and unseen types, by hand', () => {
  const types = new SeenTypes(['the', 'cat', 'the'], ['the', 'dog', 'cat', 'the', 'sat'])
  expect(types.counts).toEqual({ seen: 3, unseen: 2 })
  // Right on "the", "cat" and "sat": two of three, one of two.
  expect(types.scores(Uint8Array.of(1, 0, 1, 0, 1))).toEqual({ seen: 2 / 3, unseen: 1 / 2 })
})

test('a part without items has no score', () => {
  expect(new SeenTypes(['a'], ['a', 'a']).scores(Uint8Array.of(1, 0))).toEqual({ seen: 1 / 2, unseen: null })
  expect(new SeenTypes(['a'], ['b']).scores(Uint8Array.of(1))).toEqual({ seen: null, unseen: 1 })
})

test('types recur from 5 in 100 on', () => {
  expect(typesRecur({ seen: 5, unseen: 95 })).toBe(true)
  expect(typesRecur({ seen: 4, unseen: 96 })).toBe(false)
})
