/** Pearson's correlation; 0 where one of the two never varies. */
export function pearson(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const count = a.length
  let [meanA, meanB] = [0, 0]
  for (let i = 0; i < count; i++) {
    meanA += a[i]! / count
    meanB += b[i]! / count
  }
  let [product, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < count; i++) {
    const [x, y] = [a[i]! - meanA, b[i]! - meanB]
    product += x * y
    squareA += x * x
    squareB += y * y
  }
  return squareA > 0 && squareB > 0 ? product / Math.sqrt(squareA * squareB) : 0
}

/** Spearman's rank correlation; equal values share the mean of their ranks. */
export function spearman(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return pearson(ranks(a), ranks(b))
}

/** Ranks from 0; equal values share the mean of theirs. */
export function ranks(values: ArrayLike<number>): Float64Array {
  const order = Array.from({ length: values.length }, (_, i) => i).sort((i, j) => values[i]! - values[j]!)
  const result = new Float64Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    for (let at = from; at < to; at++) result[order[at]!] = (from + to - 1) / 2
    from = to
  }
  return result
}

/** Share of the variance of `gold` that `predicted` explains, as scikit-learn's `r2_score`. */
export function determination(gold: ArrayLike<number>, predicted: ArrayLike<number>): number {
  let mean = 0
  for (let i = 0; i < gold.length; i++) mean += gold[i]! / gold.length
  let [left, total] = [0, 0]
  for (let i = 0; i < gold.length; i++) {
    left += (gold[i]! - predicted[i]!) ** 2
    total += (gold[i]! - mean) ** 2
  }
  return total > 0 ? 1 - left / total : 0
}
