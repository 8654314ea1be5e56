/** What work is predicted to take, before it starts. */
export interface Cost {
  seconds: number
  /** Beside the model itself. */
  memoryBytes: number
  /** Of word vectors that it leaves in the cache. */
  diskBytes: number
  /** The result of an equal request that is kept, which answers at once; null for none. */
  kept: string | null
}
