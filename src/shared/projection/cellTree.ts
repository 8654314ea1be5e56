/**
 * Points of the plane or of space in nested cells (Barnes & Hut 1986), so that what is far away acts as one: the sums
 * that repel the points of t-SNE take n log n steps instead of n^2.
 *
 * A cell is `1 << dimensions` halves of its parent. A leaf holds one point, or several at the same place.
 */
export class CellTree {
  /** First child of each cell, 0 for a leaf. */
  private child: Int32Array
  /** A point of each leaf, -1 for none. */
  private point: Int32Array
  private count: Float64Array
  /** Sums of coordinates of the points of each cell, and middles of the cells, [cells, dimensions]. */
  private sum: Float64Array
  private middle: Float64Array
  private half: Float64Array
  private size = 0
  private positions: Float64Array = new Float64Array(0)
  private readonly stack: Int32Array

  constructor(private readonly dimensions: 2 | 3) {
    const cells = 1024
    this.child = new Int32Array(cells)
    this.point = new Int32Array(cells)
    this.count = new Float64Array(cells)
    this.half = new Float64Array(cells)
    this.sum = new Float64Array(cells * dimensions)
    this.middle = new Float64Array(cells * dimensions)
    // A walk holds at most all children of one cell a level.
    this.stack = new Int32Array(DEEPEST * (1 << dimensions) + 1)
  }

  /** Sorts the points in. @param positions [n, dimensions]; kept until the next `build` */
  build(positions: Float64Array): void {
    const { dimensions } = this
    this.positions = positions
    this.size = 1
    this.clear(0)
    let reach = 0
    for (let axis = 0; axis < dimensions; axis++) {
      let [low, high] = [Infinity, -Infinity]
      for (let i = axis; i < positions.length; i += dimensions) {
        low = Math.min(low, positions[i]!)
        high = Math.max(high, positions[i]!)
      }
      this.middle[axis] = (low + high) / 2
      reach = Math.max(reach, (high - low) / 2)
    }
    this.half[0] = reach * (1 + 1e-9) + 1e-12
    for (let point = 0; point < positions.length / dimensions; point++) this.insert(point)
  }

  private clear(cell: number): void {
    this.child[cell] = 0
    this.point[cell] = -1
    this.count[cell] = 0
    this.sum.fill(0, cell * this.dimensions, (cell + 1) * this.dimensions)
  }

  private insert(point: number): void {
    const { dimensions, positions } = this
    let cell = 0
    for (let depth = 0; ; depth++) {
      this.count[cell]!++
      for (let axis = 0; axis < dimensions; axis++)
        this.sum[cell * dimensions + axis]! += positions[point * dimensions + axis]!
      if (this.child[cell] === 0) {
        const resident = this.point[cell]!
        if (resident < 0) {
          this.point[cell] = point
          return
        }
        if (depth >= DEEPEST || this.samePlace(resident, point)) return
        this.divide(cell, resident)
      }
      cell = this.childOf(cell, point)
    }
  }

  private samePlace(a: number, b: number): boolean {
    const { dimensions, positions } = this
    for (let axis = 0; axis < dimensions; axis++)
      if (positions[a * dimensions + axis] !== positions[b * dimensions + axis]) return false
    return true
  }

  /** Makes a leaf a cell with children, the points at its place in one of them. */
  private divide(cell: number, resident: number): void {
    const { dimensions } = this
    const children = 1 << dimensions
    this.grow(this.size + children)
    const first = this.size
    this.size += children
    this.child[cell] = first
    this.point[cell] = -1
    const quarter = this.half[cell]! / 2
    for (let i = 0; i < children; i++) {
      this.clear(first + i)
      this.half[first + i] = quarter
      for (let axis = 0; axis < dimensions; axis++)
        this.middle[(first + i) * dimensions + axis] =
          this.middle[cell * dimensions + axis]! + ((i >> axis) & 1 ? quarter : -quarter)
    }
    const home = this.childOf(cell, resident)
    // The point that made the cell be divided is counted in it already.
    const together = this.count[cell]! - 1
    this.point[home] = resident
    this.count[home] = together
    for (let axis = 0; axis < dimensions; axis++)
      this.sum[home * dimensions + axis] = together * this.positions[resident * dimensions + axis]!
  }

  private childOf(cell: number, point: number): number {
    const { dimensions, positions, middle } = this
    let child = 0
    for (let axis = 0; axis < dimensions; axis++)
      if (positions[point * dimensions + axis]! > middle[cell * dimensions + axis]!) child |= 1 << axis
    return this.child[cell]! + child
  }

  private grow(cells: number): void {
    if (cells <= this.child.length) return
    const length = Math.max(cells, 2 * this.child.length)
    const longer = <A extends Int32Array | Float64Array>(from: A, to: A): A => {
      to.set(from)
      return to
    }
    this.child = longer(this.child, new Int32Array(length))
    this.point = longer(this.point, new Int32Array(length))
    this.count = longer(this.count, new Float64Array(length))
    this.half = longer(this.half, new Float64Array(length))
    this.sum = longer(this.sum, new Float64Array(length * this.dimensions))
    this.middle = longer(this.middle, new Float64Array(length * this.dimensions))
  }

  /**
   * What repels a point under the kernel 1 / (1 + d^2): adds the sum of kernel^2 (y - y_j) to `force`, [n, dimensions],
   * and returns the sum of the kernel itself. A cell acts as one point when its side is less than `angle` times its
   * distance; 0 adds up every point.
   */
  repel(point: number, angle: number, force: Float64Array): number {
    const { dimensions, positions, child, count, sum, half, stack } = this
    const children = 1 << dimensions
    const base = point * dimensions
    const [x, y] = [positions[base]!, positions[base + 1]!]
    const z = dimensions === 3 ? positions[base + 2]! : 0
    const within = angle * angle
    let [kernels, forceX, forceY, forceZ] = [0, 0, 0, 0]
    let top = 0
    stack[top++] = 0
    while (top > 0) {
      const cell = stack[--top]!
      const inside = count[cell]!
      if (inside === 0) continue
      const at = cell * dimensions
      const dx = x - sum[at]! / inside
      const dy = y - sum[at + 1]! / inside
      const dz = dimensions === 3 ? z - sum[at + 2]! / inside : 0
      const squared = dx * dx + dy * dy + dz * dz
      const side = 2 * half[cell]!
      if (child[cell] !== 0 && side * side >= within * squared) {
        for (let i = 0; i < children; i++) stack[top++] = child[cell]! + i
        continue
      }
      // Points at this very place push nowhere, but count; the point itself does not.
      const kernel = 1 / (1 + squared)
      const number = squared === 0 ? inside - 1 : inside
      kernels += number * kernel
      const push = inside * kernel * kernel
      forceX += push * dx
      forceY += push * dy
      forceZ += push * dz
    }
    force[base]! += forceX
    force[base + 1]! += forceY
    if (dimensions === 3) force[base + 2]! += forceZ
    return kernels
  }
}

/** Cells are halved no more often than this: beyond it points are one as far as double precision goes. */
const DEEPEST = 50
