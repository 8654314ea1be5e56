/** From where a cloud of points in three dimensions is seen, in radians: turned about the upright axis, then tilted. */
export interface Orbit {
  turn: number
  tilt: number
}

/** A cloud as it is seen: the plane of the picture, and how far behind it each point is. */
export interface SeenCloud {
  /** [n, 2] around the origin, y upwards. */
  positions: Float32Array
  /** From -1 (in front) to 1. */
  depth: Float32Array
}

/** The middle of a cloud, and the radius around it that all points but a thousandth are within. */
export interface CloudExtent {
  centre: readonly [number, number, number]
  radius: number
}

/** @param positions [n, 3] */
export function cloudExtent(positions: Float32Array): CloudExtent {
  const count = positions.length / 3
  const centre: [number, number, number] = [0, 0, 0]
  if (count === 0) return { centre, radius: 1 }
  positions.forEach((value, i) => (centre[i % 3]! += value / count))
  const distances = new Float32Array(count)
  for (let i = 0; i < count; i++)
    distances[i] = Math.hypot(
      positions[3 * i]! - centre[0],
      positions[3 * i + 1]! - centre[1],
      positions[3 * i + 2]! - centre[2]
    )
  distances.sort()
  return { centre, radius: Math.max(1e-9, distances[count - 1 - Math.floor(count / 1000)]!) }
}

/** The cloud in parallel projection, so that distances do not depend on where a point is. */
export function seenFrom(positions: Float32Array, { centre, radius }: CloudExtent, { turn, tilt }: Orbit): SeenCloud {
  const count = positions.length / 3
  const seen = { positions: new Float32Array(2 * count), depth: new Float32Array(count) }
  const [cosTurn, sinTurn, cosTilt, sinTilt] = [Math.cos(turn), Math.sin(turn), Math.cos(tilt), Math.sin(tilt)]
  for (let i = 0; i < count; i++) {
    const x = positions[3 * i]! - centre[0]
    const y = positions[3 * i + 1]! - centre[1]
    const z = positions[3 * i + 2]! - centre[2]
    const back = z * cosTurn - x * sinTurn
    seen.positions[2 * i] = x * cosTurn + z * sinTurn
    seen.positions[2 * i + 1] = y * cosTilt - back * sinTilt
    seen.depth[i] = Math.max(-1, Math.min(1, (y * sinTilt + back * cosTilt) / radius))
  }
  return seen
}
