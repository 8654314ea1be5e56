import { availableParallelism } from 'node:os'
import { UserError } from '@shared/userError'

/**
 * `LAYERSCOPE_THREADS`, or as many as this process may use: within a job of Slurm its share, which not every cluster
 * enforces.
 * @throws UserError for a setting that is not a number of threads
 */
export function threadCount(): number {
  const setting = process.env.LAYERSCOPE_THREADS
  if (!setting) return Math.min(availableParallelism(), slurmShare() ?? Infinity)
  const count = Number(setting)
  if (!Number.isInteger(count) || count < 1)
    throw new UserError(`LAYERSCOPE_THREADS is '${setting}'; it must be a whole number above 0.`)
  return count
}

function slurmShare(): number | null {
  const { SLURM_CPUS_PER_TASK: perTask, SLURM_CPUS_ON_NODE: onNode } = process.env
  const share = Number(perTask || onNode)
  return Number.isInteger(share) && share > 0 ? share : null
}
