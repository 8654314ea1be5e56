/** The weighted sum of the hidden states that one layer's mix reads. */
export function mixedStates(
  hidden: readonly Float32Array[],
  { shape, data }: { shape: number[]; data: Float32Array },
  index: number
): Float32Array {
  const sum = new Float32Array(hidden[0]!.length)
  data.subarray(index * shape[1]!, (index + 1) * shape[1]!).forEach((factor, layer) => {
    if (factor !== 0) hidden[layer]!.forEach((value, i) => (sum[i]! += factor * value))
  })
  return sum
}
