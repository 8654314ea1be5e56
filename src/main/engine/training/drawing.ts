/** Draws that follow from a seed and the number of an update alone, so that a resumed run draws the same. */
export class XorShift {
  private state: number

  constructor(seed: number, step: number) {
    // Neighbouring numbers must not start neighbouring sequences: splitmix32's finaliser (Steele et al. 2014).
    let mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(step + 1, 0xc2b2ae35)
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    this.state = (mixed ^ (mixed >>> 15)) | 1
  }

  /** Numbers that are 0 with probability `rate`, and otherwise 1 / (1 - rate). */
  mask(size: number, rate: number): Float32Array {
    const kept = 1 / (1 - rate)
    const limit = rate * 4294967296
    const mask = new Float32Array(size)
    let state = this.state
    for (let i = 0; i < size; i++) {
      // xorshift32 (Marsaglia 2003)
      state ^= state << 13
      state ^= state >>> 17
      state ^= state << 5
      mask[i] = state >>> 0 < limit ? 0 : kept
    }
    this.state = state
    return mask
  }
}

/** A number for a text, the same for the same seed: FNV-1a (Fowler, Noll & Vo). */
export function hashOf(text: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash
}
