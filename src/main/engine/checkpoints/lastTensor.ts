/** Keeps the last tensor that could only be made as a whole, while pieces of it are read one after another. */
export class LastTensor {
  private last: { name: string; values: Float32Array } | null = null

  /** @param make its values; called where another tensor was read last */
  values(name: string, make: () => Float32Array): Float32Array {
    if (this.last?.name === name) return this.last.values
    // Released first: two of them need not fit.
    this.last = null
    const values = make()
    this.last = { name, values }
    return values
  }

  clear(): void {
    this.last = null
  }
}
