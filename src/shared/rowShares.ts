/** Rows of a map as shares of their sum, in place; a row of zeros stays. @param size numbers of a row */
export function rowsOfSumOne(map: Float32Array, size: number): Float32Array {
  for (let row = 0; row < size; row++) {
    const part = map.subarray(row * size, (row + 1) * size)
    const sum = part.reduce((total, value) => total + value, 0)
    if (sum > 0) for (let i = 0; i < size; i++) part[i]! /= sum
  }
  return map
}
