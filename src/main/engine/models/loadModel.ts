import { silentJob } from '@shared/jobs'
import { findModel } from './kinds'
import { availableMemory, planOpening } from './memory/memoryPlan'
import type { LoadedModel } from './model'

/**
 * Opens a model of any kind by itself, without a service that keeps it: for a worker, a script or a test. The caller
 * disposes of it.
 * @param untrained a seed for its untrained twin, of which the checkpoint gives the shapes alone; null for the
 * checkpoint itself
 * @throws UserError naming what is missing, not implemented, or too large
 */
export async function loadModel(path: string, bundled = false, untrained: number | null = null): Promise<LoadedModel> {
  const found = await findModel(path)
  try {
    const plan = found.plan(untrained)
    const streamed = plan !== null && planOpening(found.name, plan, availableMemory()).streamed
    return await found.load({ bundled, untrained, streamed, job: silentJob() })
  } finally {
    found.close()
  }
}
