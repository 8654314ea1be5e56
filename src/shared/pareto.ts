/** What a probe reaches and what it takes to reach it, both from 0 to 1. */
export interface ParetoPoint {
  complexity: number
  accuracy: number
}

/**
 * The points that no other one beats: none is at most as complex and at least as accurate, and better in one of the
 * two.
 * @returns ascending in both, each place once
 */
export function paretoFront<Point extends ParetoPoint>(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a.complexity - b.complexity || b.accuracy - a.accuracy)
  const front: Point[] = []
  for (const point of sorted) if (point.accuracy > (front.at(-1)?.accuracy ?? -Infinity)) front.push(point)
  return front
}

/**
 * The area that points dominate, up to a complexity of 1 and down to an accuracy of 0 (Pimentel, Saphra, Williams &
 * Cotterell 2020, section 4): 1 for a probe that is always right and learns nothing by heart.
 */
export function hypervolume(points: readonly ParetoPoint[]): number {
  const front = paretoFront(points)
  return front.reduce(
    (area, { complexity, accuracy }, i) => area + accuracy * ((front[i + 1]?.complexity ?? 1) - complexity),
    0
  )
}
