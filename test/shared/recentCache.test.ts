import { expect, test } from 'vitest'
import { RecentCache } from '@shared/recentCache'

test('what was used longest ago is forgotten first', () => {
  const cache = new RecentCache<string>(2)
  cache.put('a', 'A')
  cache.put('b', 'B')
  cache.get('a')
  cache.put('c', 'C')
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual(['A', undefined, 'C'])
})

test('sizes are counted once, and the newest stays even where it alone is too large', () => {
  const cache = new RecentCache<Uint8Array>(100, (bytes) => bytes.byteLength)
  cache.put('a', new Uint8Array(400))
  expect(cache.get('a')).toHaveLength(400)
  cache.put('a', new Uint8Array(60))
  cache.put('b', new Uint8Array(40))
  expect(cache.get('a')).toHaveLength(60)
  cache.clear()
  cache.put('c', new Uint8Array(100))
  expect([cache.get('a'), cache.get('b'), cache.get('c')?.length]).toEqual([undefined, undefined, 100])
})
