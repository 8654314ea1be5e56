import type { Tensor } from '@tensorflow/tfjs-core'
import type { HookName } from '@shared/hookNames'
import type { JobHandle } from '@shared/jobs'
import { seededRandom } from '@shared/random'
import { joinWindows, tokenBudget } from '../activations/extract'
import { batchesOf, type Window } from '../activations/windows'
import { Hooks, type Hook } from '../models/transformer/hooks'
import type { LoadedModel } from '../models/model'
import type { HookStatistics } from './edits/edit'

/** Number of tokens whose values can replace another's. */
const donorRows = 1024

/**
 * Mean, deviation and some rows of named values over a corpus, special tokens included: which `mean`, `noise` and
 * `resample` use as replacements. Sums are in double precision.
 * @param seed of the draw of donors
 */
export async function measureHooks(
  model: LoadedModel,
  windows: readonly Window[],
  names: readonly HookName[],
  seed: number,
  job: JobHandle
): Promise<Map<HookName, HookStatistics>> {
  const running = new Map<HookName, Running>()
  const hooks: [HookName, Hook][] = [...new Set(names)].map((name) => {
    const statistics = new Running(seed)
    running.set(name, statistics)
    return [
      name,
      (value) => {
        statistics.take(value)
        return value
      }
    ]
  })
  const batches = batchesOf(windows, tokenBudget())
  for (const [i, batch] of batches.entries()) {
    job.progress(i, batches.length, 'Measuring the corpus')
    await job.yield()
    model.run(joinWindows(batch), { hiddenStates: false, attentions: false }, { hooks: new Hooks(hooks) })
  }
  return new Map([...running].map(([name, statistics]) => [name, statistics.statistics()]))
}

/** Sums over rows, and a reservoir of them (Vitter 1985, algorithm R). */
class Running {
  private count = 0
  private sum = new Float64Array(0)
  private squares = new Float64Array(0)
  private donors = new Float32Array(0)
  private readonly random

  constructor(seed: number) {
    this.random = seededRandom(seed)
  }

  take(value: Tensor): void {
    const columns = value.shape.at(-1)!
    const values = value.dataSync() as Float32Array
    if (this.count === 0) {
      this.sum = new Float64Array(columns)
      this.squares = new Float64Array(columns)
      this.donors = new Float32Array(donorRows * columns)
    }
    for (let row = 0; row < values.length / columns; row++, this.count++) {
      const from = row * columns
      for (let c = 0; c < columns; c++) {
        const x = values[from + c]!
        this.sum[c]! += x
        this.squares[c]! += x * x
      }
      const place = this.count < donorRows ? this.count : this.random.integer(this.count + 1)
      if (place < donorRows) this.donors.set(values.subarray(from, from + columns), place * columns)
    }
  }

  statistics(): HookStatistics {
    const mean = Float32Array.from(this.sum, (sum) => sum / this.count)
    const deviation = Float32Array.from(this.squares, (squares, c) =>
      Math.sqrt(Math.max(0, squares / this.count - (this.sum[c]! / this.count) ** 2))
    )
    return { mean, deviation, donors: this.donors.slice(0, Math.min(this.count, donorRows) * mean.length) }
  }
}
