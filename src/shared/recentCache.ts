/**
 * Keeps the values used last, as far as they fit; the newest stays even where it alone is larger.
 */
export class RecentCache<V> {
  private readonly entries = new Map<string, V>()
  private size = 0

  /**
   * @param most the size of all values together
   * @param sizeOf the size of a value, such as its bytes; 1 when left out, so that `most` is a number of values
   */
  constructor(
    private readonly most: number,
    private readonly sizeOf: (value: V) => number = () => 1
  ) {}

  get(key: string): V | undefined {
    const value = this.entries.get(key)
    if (value !== undefined) {
      this.entries.delete(key)
      this.entries.set(key, value)
    }
    return value
  }

  put(key: string, value: V): void {
    this.drop(key)
    this.entries.set(key, value)
    this.size += this.sizeOf(value)
    for (const oldest of this.entries.keys()) {
      if (this.size <= this.most || oldest === key) break
      this.drop(oldest)
    }
  }

  clear(): void {
    this.entries.clear()
    this.size = 0
  }

  private drop(key: string): void {
    const value = this.entries.get(key)
    if (value !== undefined) this.size -= this.sizeOf(value)
    this.entries.delete(key)
  }
}
