import type { ActivationStore } from './store'

/** One split's words, as far as extraction needs them. */
export interface SplitText {
  sentences: readonly (readonly string[])[]
  /** SHA-256 of words and sentence boundaries. */
  wordsHash: string
}

/** Word vectors of a split, or of its first words. */
export class Activations {
  constructor(
    private readonly store: ActivationStore,
    readonly words: number
  ) {}

  get width(): number {
    return this.store.width
  }
  get layers(): number {
    return this.store.layers
  }
  /** Words without a vector. */
  get missing(): number[] {
    return this.store.missing.filter((row) => row < this.words)
  }
  /** One layer, [words, width]. @param buffer reused and returned if it has the right size */
  layer(layer: number, buffer?: Float32Array): Float32Array {
    return this.store.read(layer, 0, this.words, buffer)
  }
  /** Some words of one layer, [rows.length, width]. */
  rows(layer: number, rows: Int32Array): Float32Array {
    const all = this.layer(layer)
    const picked = new Float32Array(rows.length * this.width)
    rows.forEach((row, i) => picked.set(all.subarray(row * this.width, (row + 1) * this.width), i * this.width))
    return picked
  }
}
