/** Rows and columns of the n x n matrix of inner products, ends not included. */
export interface ProductBlock {
  rowStart: number
  rowEnd: number
  columnStart: number
  columnEnd: number
}

/** Where inner products come from: plain JavaScript here, or a tensor library's matrix product in the engine. */
export interface PairwiseProducts {
  /** Rows worth asking for at once: enough to keep the multiplier busy, few enough to stay within some 100 ms. */
  readonly rowsPerBlock: number
  /** Inner products of the block's row vectors with its column vectors, [rows, columns]; valid until the next call. */
  multiply(block: ProductBlock): Float32Array | Promise<Float32Array>
  /** Frees what the source holds; it is not asked again. */
  dispose?(): void
}

/** Makes a product source for `count` row-major vectors of `width` numbers. */
export type MakePairwiseProducts = (vectors: Float32Array, count: number, width: number) => PairwiseProducts

/**
 * Multiplications between two chances to answer others: about 50 ms at the 2 per nanosecond that the kernel reaches.
 */
const PRODUCTS_PER_BLOCK = 1e8

/**
 * Inner products in plain JavaScript, summed in double precision.
 *
 * Three rows times three columns share their loads and leave their nine sums in registers: wider tiles spill on
 * machines with sixteen of them, narrower ones load more than they multiply.
 */
export const plainProducts: MakePairwiseProducts = (vectors, count, width) => {
  const rowsPerBlock = Math.min(
    count,
    3 * Math.max(1, Math.floor(PRODUCTS_PER_BLOCK / (3 * count * Math.max(1, width))))
  )
  let out = new Float32Array(0)
  return {
    rowsPerBlock,
    multiply({ rowStart, rowEnd, columnStart, columnEnd }) {
      const rows = rowEnd - rowStart
      const columns = columnEnd - columnStart
      if (out.length < rows * columns) out = new Float32Array(rows * columns)
      const tiledRows = rows - (rows % 3)
      const tiledColumns = columns - (columns % 3)
      // Columns outside: the block's rows stay in the second-level cache while the columns pass by once.
      for (let column = 0; column < tiledColumns; column += 3) {
        for (let row = 0; row < tiledRows; row += 3) {
          multiplyTile(vectors, rowStart + row, columnStart + column, width, out, row * columns + column, columns)
        }
      }
      for (let row = 0; row < rows; row++) {
        for (let column = row < tiledRows ? tiledColumns : 0; column < columns; column++) {
          out[row * columns + column] = innerProduct(vectors, rowStart + row, columnStart + column, width)
        }
      }
      return out.subarray(0, rows * columns)
    }
  }
}

function multiplyTile(
  vectors: Float32Array,
  row: number,
  column: number,
  width: number,
  out: Float32Array,
  offset: number,
  stride: number
): void {
  const a0 = row * width
  const a1 = a0 + width
  const a2 = a1 + width
  const b0 = column * width
  const b1 = b0 + width
  const b2 = b1 + width
  let s00 = 0
  let s01 = 0
  let s02 = 0
  let s10 = 0
  let s11 = 0
  let s12 = 0
  let s20 = 0
  let s21 = 0
  let s22 = 0
  for (let i = 0; i < width; i++) {
    const x0 = vectors[a0 + i]!
    const x1 = vectors[a1 + i]!
    const x2 = vectors[a2 + i]!
    const y0 = vectors[b0 + i]!
    const y1 = vectors[b1 + i]!
    const y2 = vectors[b2 + i]!
    s00 += x0 * y0
    s01 += x0 * y1
    s02 += x0 * y2
    s10 += x1 * y0
    s11 += x1 * y1
    s12 += x1 * y2
    s20 += x2 * y0
    s21 += x2 * y1
    s22 += x2 * y2
  }
  out[offset] = s00
  out[offset + 1] = s01
  out[offset + 2] = s02
  out[offset + stride] = s10
  out[offset + stride + 1] = s11
  out[offset + stride + 2] = s12
  out[offset + 2 * stride] = s20
  out[offset + 2 * stride + 1] = s21
  out[offset + 2 * stride + 2] = s22
}

function innerProduct(vectors: Float32Array, first: number, second: number, width: number): number {
  const a = first * width
  const b = second * width
  let sum = 0
  for (let i = 0; i < width; i++) sum += vectors[a + i]! * vectors[b + i]!
  return sum
}
