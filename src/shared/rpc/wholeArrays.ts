/**
 * The same value with every typed array that shows a part of a larger buffer replaced by a copy of that part. Some
 * pipes clone the buffer behind an array, and a row of a matrix would carry the matrix.
 */
export function wholeArrays<T>(value: T): T {
  return replaced(value) as T
}

type Sliceable = ArrayBufferView & { slice(): ArrayBufferView }

function replaced(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === value.buffer.byteLength) return value
    if (value instanceof DataView)
      return new DataView(value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength))
    // Node's Buffers have a `slice` of their own, which copies nothing.
    return value instanceof Uint8Array ? Uint8Array.prototype.slice.call(value) : (value as Sliceable).slice()
  }
  if (Array.isArray(value)) return value.some(isObject) ? value.map(replaced) : value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replaced(entry)]))
}

function isObject(value: unknown): boolean {
  return value !== null && typeof value === 'object'
}
