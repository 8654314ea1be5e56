/** Attention of one head, or of all heads of a layer, as it came: [heads, tokens, tokens]. */
export interface RawAttention {
  heads: number
  tokens: number
  weights: Float32Array
}

/** Keeps the maps used last, as far as they fit a number of bytes; the newest stays even where it alone is larger. */
export class MapCache {
  private readonly entries = new Map<string, RawAttention>()
  private bytes = 0

  constructor(private readonly mostBytes: number) {}

  get(key: string): RawAttention | undefined {
    const found = this.entries.get(key)
    if (found) {
      this.entries.delete(key)
      this.entries.set(key, found)
    }
    return found
  }

  put(key: string, value: RawAttention): void {
    const old = this.entries.get(key)
    if (old) this.bytes -= old.weights.byteLength
    this.entries.delete(key)
    this.entries.set(key, value)
    this.bytes += value.weights.byteLength
    for (const [oldest, { weights }] of this.entries) {
      if (this.bytes <= this.mostBytes || oldest === key) break
      this.entries.delete(oldest)
      this.bytes -= weights.byteLength
    }
  }
}
