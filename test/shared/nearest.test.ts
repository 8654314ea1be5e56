import { expect, test } from 'vitest'
import { editDistance, nearest } from '@shared/nearest'

test('the nearest name', () => {
  expect(editDistance('seeds', 'sedes')).toBe(1)
  expect(editDistance('kitten', 'sitting')).toBe(3)
  expect(nearest('prob', ['probe', 'patch'])).toBe('probe')
  expect(nearest('explode', ['probe', 'patch'])).toBeNull()
})

test('texts of a file that are too long for names are near themselves alone', () => {
  const long = 'bert'.repeat(1_000_000)
  expect(editDistance(long, long)).toBe(0)
  expect(editDistance(long, `${long}s`)).toBe(4_000_001)
})
