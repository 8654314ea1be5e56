/** Numbers of one block of rows: a table grows without ever being copied. */
const blockNumbers = 1 << 20

/** Rows of float32 in the order they were added, in blocks of some 4 MB. */
export class VectorTable {
  private readonly blocks: Float32Array[] = []
  private readonly rowsPerBlock: number
  private count = 0

  constructor(readonly width: number) {
    this.rowsPerBlock = Math.max(1, Math.floor(blockNumbers / width))
  }

  get rows(): number {
    return this.count
  }

  add(row: Float32Array): void {
    const place = this.count % this.rowsPerBlock
    if (place === 0) this.blocks.push(new Float32Array(this.rowsPerBlock * this.width))
    this.blocks.at(-1)!.set(row, place * this.width)
    this.count++
  }

  /** Copies row `row` to `target[at ..]`. */
  copy(row: number, target: Float32Array, at: number): void {
    const start = (row % this.rowsPerBlock) * this.width
    target.set(this.blocks[Math.floor(row / this.rowsPerBlock)]!.subarray(start, start + this.width), at)
  }
}
