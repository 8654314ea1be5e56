/** Sums over tokens of the values of the units of one layer in two models, from which their changes follow. */
export class UnitChanges {
  private count = 0
  private readonly sums: Record<'a' | 'b' | 'aa' | 'bb' | 'ab', Float64Array>

  constructor(readonly units: number) {
    const zeros = (): Float64Array => new Float64Array(units)
    this.sums = { a: zeros(), b: zeros(), aa: zeros(), bb: zeros(), ab: zeros() }
  }

  /** Adds one token's values, which begin at the same place in both. */
  add(before: Float32Array, after: Float32Array, from: number): void {
    const { a, b, aa, bb, ab } = this.sums
    this.count++
    for (let unit = 0; unit < this.units; unit++) {
      const [x, y] = [before[from + unit]!, after[from + unit]!]
      a[unit]! += x
      b[unit]! += y
      aa[unit]! += x * x
      bb[unit]! += y * y
      ab[unit]! += x * y
    }
  }

  /** A unit's means, its root mean square change in standard deviations of the first, and its correlation. */
  of(unit: number): { before: number; after: number; change: number; correlation: number } {
    const { a, b, aa, bb, ab } = this.sums
    const n = Math.max(1, this.count)
    const [before, after] = [a[unit]! / n, b[unit]! / n]
    const variance = (squares: Float64Array, mean: number): number => Math.max(0, squares[unit]! / n - mean ** 2)
    const [first, second] = [variance(aa, before), variance(bb, after)]
    const squares = Math.max(0, (aa[unit]! + bb[unit]! - 2 * ab[unit]!) / n)
    const spread = Math.sqrt(first * second)
    return {
      before,
      after,
      // What never varied has no scale of its own.
      change: first > 1e-12 ? Math.sqrt(squares / first) : 0,
      correlation: spread > 1e-12 ? (ab[unit]! / n - before * after) / spread : 0
    }
  }
}
