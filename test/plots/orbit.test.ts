import { expect, test } from 'vitest'
import { cloudExtent, seenFrom } from '@/plots/orbit'
import { seededRandom } from '@shared/random'

const cube = Float32Array.from([1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1])

test('seen from the front, x goes right, y up and z back', () => {
  const extent = cloudExtent(cube)
  expect(extent).toEqual({ centre: [0, 0, 0], radius: 1 })
  const { positions, depth } = seenFrom(cube, extent, { turn: 0, tilt: 0 })
  expect([...positions]).toEqual([1, 0, -1, 0, 0, 1, 0, -1, 0, 0, 0, 0])
  expect([...depth]).toEqual([0, 0, 0, 0, 1, -1])
})

test('a quarter turn brings z to the right, a quarter tilt brings y to the back', () => {
  const extent = cloudExtent(cube)
  const turned = seenFrom(cube, extent, { turn: Math.PI / 2, tilt: 0 })
  expect(turned.positions[8]).toBeCloseTo(1, 6)
  expect(turned.depth[0]).toBeCloseTo(-1, 6)
  const tilted = seenFrom(cube, extent, { turn: 0, tilt: Math.PI / 2 })
  expect(tilted.depth[2]).toBeCloseTo(1, 6)
  expect(tilted.positions[5]).toBeCloseTo(0, 6)
})

test('turning a cloud keeps the distance of every point from its middle', () => {
  const random = seededRandom(4)
  const cloud = Float32Array.from({ length: 300 }, () => random.normal())
  const extent = cloudExtent(cloud)
  const seen = seenFrom(cloud, { ...extent, radius: 10 }, { turn: 0.7, tilt: -0.4 })
  for (let i = 0; i < 100; i++) {
    const flat = Math.hypot(seen.positions[2 * i]!, seen.positions[2 * i + 1]!, 10 * seen.depth[i]!)
    const from = [0, 1, 2].map((axis) => cloud[3 * i + axis]! - extent.centre[axis]!)
    expect(flat).toBeCloseTo(Math.hypot(...from), 4)
  }
})
