import type { JobHandle } from '@shared/jobs'
import type { LayerStack } from './cka'

/** A measure of the similarity of two layers. */
export interface PairMeasure<P> {
  /** What is needed of a layer, once; null if it gives every word the same vector. @param values may be overwritten */
  prepare(values: Float32Array, width: number, job: JobHandle): Promise<P | null>
  /** 1 for layers that are equal for this measure. */
  compare(x: P, y: P, job: JobHandle): Promise<number>
  /** Whether the order of the two does not matter. */
  symmetric: boolean
}

const usualHeldBytes = 512 * 2 ** 20

/**
 * Every layer of `a` with every layer of `b`. As many prepared layers of `a` are held as fit; those of `b` are prepared
 * again for each turn.
 * @returns [a.count, b.count], row-major; NaN if a layer has no variance
 */
export async function everyPair<P>(
  a: LayerStack,
  b: LayerStack,
  { words, same, heldBytes = usualHeldBytes }: { words: number; same: boolean; heldBytes?: number },
  measure: PairMeasure<P>,
  job: JobHandle
): Promise<Float32Array> {
  const values = new Float32Array(a.count * b.count).fill(NaN)
  const held = Math.max(1, Math.floor(heldBytes / (2 * words * a.width * 4)))
  let done = 0
  for (let first = 0; first < a.count; first += held) {
    const rows: (P | null)[] = []
    for (let i = first; i < Math.min(a.count, first + held); i++)
      rows.push(await measure.prepare(a.read(i), a.width, job))
    for (let j = 0; j < b.count; j++) {
      const column = same && j >= first && j < first + rows.length ? rows[j - first]! : undefined
      const y = column === undefined ? await measure.prepare(b.read(j), b.width, job) : column
      for (const [k, x] of rows.entries()) {
        const i = first + k
        job.progress(done++, a.count * b.count, 'Comparing layers')
        await job.yield()
        if (!x || !y) continue
        const mirrored = values[j * b.count + i]!
        if (same && i === j) values[i * b.count + j] = 1
        else if (same && measure.symmetric && !Number.isNaN(mirrored)) values[i * b.count + j] = mirrored
        else values[i * b.count + j] = await measure.compare(x, y, job)
      }
    }
  }
  return values
}
