/** A result as JSON: typed memory becomes lists of numbers; what is not a finite number becomes null. */
export function resultJson(result: unknown): string {
  const plain = (_name: string, value: unknown): unknown =>
    ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value
  return `${JSON.stringify(result, plain, 1)}\n`
}
