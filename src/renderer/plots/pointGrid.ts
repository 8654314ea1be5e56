/** Finds points near a place in constant time: the plane in square cells, the points sorted by cell. */
export class PointGrid {
  private readonly start: Int32Array
  private readonly members: Int32Array
  private readonly columns: number
  private readonly rows: number
  private readonly cell: number
  private readonly lowX: number
  private readonly lowY: number

  /** @param positions [n, 2]; kept, not copied */
  constructor(private readonly positions: Float32Array) {
    const count = positions.length / 2
    let [lowX, lowY, highX, highY] = [Infinity, Infinity, -Infinity, -Infinity]
    for (let i = 0; i < count; i++) {
      lowX = Math.min(lowX, positions[2 * i]!)
      highX = Math.max(highX, positions[2 * i]!)
      lowY = Math.min(lowY, positions[2 * i + 1]!)
      highY = Math.max(highY, positions[2 * i + 1]!)
    }
    this.lowX = count ? lowX : 0
    this.lowY = count ? lowY : 0
    // About two points a cell.
    this.cell = Math.max(1e-9, Math.sqrt((2 * Math.max(1e-9, (highX - lowX) * (highY - lowY))) / Math.max(1, count)))
    this.columns = count ? Math.min(2048, Math.floor((highX - lowX) / this.cell) + 1) : 1
    this.rows = count ? Math.min(2048, Math.floor((highY - lowY) / this.cell) + 1) : 1
    this.start = new Int32Array(this.columns * this.rows + 1)
    this.members = new Int32Array(count)
    const cells = new Int32Array(count)
    for (let i = 0; i < count; i++) {
      cells[i] = this.row(positions[2 * i + 1]!) * this.columns + this.column(positions[2 * i]!)
      this.start[cells[i]! + 1]!++
    }
    for (let c = 0; c < this.columns * this.rows; c++) this.start[c + 1]! += this.start[c]!
    const next = this.start.slice()
    for (let i = 0; i < count; i++) this.members[next[cells[i]!]!++] = i
  }

  /** The point nearest to (x, y) within `reach`, or null. */
  nearest(x: number, y: number, reach: number): number | null {
    let best: number | null = null
    let least = reach * reach
    for (let row = this.row(y - reach); row <= this.row(y + reach); row++) {
      for (let column = this.column(x - reach); column <= this.column(x + reach); column++) {
        const cell = row * this.columns + column
        for (let m = this.start[cell]!; m < this.start[cell + 1]!; m++) {
          const point = this.members[m]!
          const dx = this.positions[2 * point]! - x
          const dy = this.positions[2 * point + 1]! - y
          if (dx * dx + dy * dy <= least) {
            least = dx * dx + dy * dy
            best = point
          }
        }
      }
    }
    return best
  }

  private column(x: number): number {
    return Math.min(this.columns - 1, Math.max(0, Math.floor((x - this.lowX) / this.cell)))
  }
  private row(y: number): number {
    return Math.min(this.rows - 1, Math.max(0, Math.floor((y - this.lowY) / this.cell)))
  }
}
