/** Points inside a polygon by the even-odd rule. Both [n, 2] in the same coordinates. */
export function pointsInside(positions: Float32Array, polygon: readonly (readonly [number, number])[]): Int32Array {
  if (polygon.length < 3) return new Int32Array(0)
  const lowX = Math.min(...polygon.map(([x]) => x))
  const highX = Math.max(...polygon.map(([x]) => x))
  const lowY = Math.min(...polygon.map(([, y]) => y))
  const highY = Math.max(...polygon.map(([, y]) => y))
  const inside: number[] = []
  for (let i = 0; i < positions.length / 2; i++) {
    const x = positions[2 * i]!
    const y = positions[2 * i + 1]!
    // Most points are outside the box around the polygon.
    if (x >= lowX && x <= highX && y >= lowY && y <= highY && isInside(x, y, polygon)) inside.push(i)
  }
  return Int32Array.from(inside)
}

function isInside(x: number, y: number, polygon: readonly (readonly [number, number])[]): boolean {
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [ax, ay] = polygon[i]!
    const [bx, by] = polygon[j]!
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside
  }
  return inside
}
