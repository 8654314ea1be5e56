import type { JobHandle } from '@shared/jobs'
import { fitLinear, linearDefaults } from '../probes/solvers/linear'
import type { SelectedRows } from '../probes/solvers/standardise'
import { orthonormal } from './orthonormal'

/**
 * Iterative null-space projection (Ravfogel et al. 2020, algorithm 1): train a linear probe, project out the rows of
 * its weights, and repeat. Removes more than LEACE does, and shows how many probes' worth of directions there are.
 * @param labels class of each selected row
 * @returns an orthonormal basis [directions, width] of what is removed, `directions` at most rounds * (classes - 1)
 */
export async function fitInlp(
  data: SelectedRows,
  labels: Int32Array,
  classes: number,
  rounds: number,
  job: JobHandle
): Promise<number[][]> {
  const { width } = data
  let values = data.values
  let basis: Float64Array[] = []
  for (let round = 0; round < rounds && basis.length < width; round++) {
    job.progress(round, rounds, `Probe ${round + 1} of ${rounds}`)
    await job.yield()
    const [probe] = await fitLinear({ ...data, values }, [labels], classes, linearDefaults, job)
    // Only differences between classes matter: the mean over classes has no effect.
    const rows = Array.from({ length: classes }, (_, k) =>
      Array.from(probe!.weight.subarray(k * width, (k + 1) * width))
    )
    const mean = Array.from({ length: width }, (_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / classes)
    basis = orthonormal([
      ...basis.map((row) => [...row]),
      ...rows.slice(0, classes - 1).map((row) => row.map((value, i) => value - mean[i]!))
    ])
    values = projectRows(data.values, width, basis)
  }
  return basis.map((row) => [...row])
}

/** Rows of vectors [items, width] without their part in the span of an orthonormal basis. */
export function projectRows(vectors: Float32Array, width: number, basis: readonly ArrayLike<number>[]): Float32Array {
  const result = new Float32Array(vectors)
  for (let from = 0; from < vectors.length; from += width) {
    for (const direction of basis) {
      let along = 0
      for (let i = 0; i < width; i++) along += direction[i]! * vectors[from + i]!
      for (let i = 0; i < width; i++) result[from + i]! -= along * direction[i]!
    }
  }
  return result
}
