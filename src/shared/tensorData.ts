/** A dense array as it crosses a process or a socket: typed memory, never JSON. Row-major. */
export type TensorArray = Float32Array | Int32Array | Uint8Array | Int16Array

export interface TensorData<A extends TensorArray = TensorArray> {
  shape: number[]
  data: A
}

export type FloatTensor = TensorData<Float32Array>

/** Throws when the number of elements does not fit the shape: a defect, never bad input. */
export function tensorData<A extends TensorArray>(shape: number[], data: A): TensorData<A> {
  const size = shape.reduce((product, extent) => product * extent, 1)
  if (size !== data.length)
    throw new Error(`A tensor of shape [${shape.join(', ')}] needs ${size} elements, not ${data.length}.`)
  return { shape, data }
}
