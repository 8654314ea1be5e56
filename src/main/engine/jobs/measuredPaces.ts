import { mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as v from 'valibot'
import { atomicWrite } from '../files/atomicWrite'
import { keepIfPossible } from '../files/notWritten'
import { cacheDir } from '../paths'

/** Runs of a kind that count. Of an odd number the median ignores those that were paused or disturbed. */
const runsKept = 5

/** A factor beyond this says that something else was wrong, such as a machine that was asleep. */
const largest = 20

/** Shorter work says nothing of longer work: its fixed costs dominate. In seconds. */
const shortest = { predicted: 0.2, measured: 1 }

const fileSchema = v.object({
  version: v.literal(1),
  ratios: v.record(v.string(), v.array(v.pipe(v.number(), v.finite(), v.minValue(0))))
})

/**
 * How long work takes on this machine, as a multiple of what is predicted from its size alone, by kind of work: the
 * median over the last runs, kept in the cache folder.
 */
export class MeasuredPaces {
  /** @param path of the file; the cache folder's own by default */
  constructor(private readonly path = () => join(cacheDir(), 'paces.json')) {}

  /** What a prediction for this kind of work is multiplied by; `usual` before the first run. */
  factor(kind: string, usual = 1): number {
    const ratios = (this.read()[kind] ?? []).toSorted((a, b) => a - b)
    const median = ratios[(ratios.length - 1) >> 1] ?? usual
    return Math.min(largest, Math.max(1 / largest, median))
  }

  /**
   * Takes a run into account.
   * @param predicted seconds from the size of the work alone
   * @param measured seconds
   */
  learn(kind: string, predicted: number, measured: number): void {
    if (predicted < shortest.predicted || measured < shortest.measured) return
    this.add(kind, predicted, measured)
  }

  /** Whether a run of this kind was measured here. */
  isKnown(kind: string): boolean {
    return this.read()[kind] !== undefined
  }

  /** The same of a short run that was made to measure this machine; what was learned before stays. */
  calibrate(kind: string, predicted: number, measured: number): void {
    if (predicted > 0 && measured > 0 && !this.isKnown(kind)) this.add(kind, predicted, measured)
  }

  private add(kind: string, predicted: number, measured: number): void {
    const ratios = this.read()
    ratios[kind] = [...(ratios[kind] ?? []), measured / predicted].slice(-runsKept)
    const path = this.path()
    keepIfPossible(dirname(path), () => {
      mkdirSync(dirname(path), { recursive: true })
      atomicWrite(path, JSON.stringify({ version: 1, ratios }))
    })
  }

  private read(): Record<string, number[]> {
    try {
      return v.parse(fileSchema, JSON.parse(readFileSync(this.path(), 'utf8'))).ratios
    } catch {
      // Missing, damaged or from another version: learned again.
      return {}
    }
  }
}
