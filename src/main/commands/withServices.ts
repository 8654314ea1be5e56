import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendReport } from '@shared/backend'
import { pickBackend } from '../engine/backends/pick'
import { keptResultsFolder } from '../engine/paths'
import { createServices, type Services } from '../engine/services'
import { jobPrinter } from '../hosts/terminalProgress'

/**
 * Runs the engine's services in this process: what the command line computes is what the window computes.
 * @param keep whether results go into the library, where the window finds them
 */
export async function withServices<T>(
  work: (services: Services, backend: BackendReport) => Promise<T>,
  keep = false
): Promise<T> {
  const backend = await pickBackend()
  if (keep) {
    mkdirSync(keptResultsFolder(), { recursive: true })
    return work(createServices(jobPrinter(), keptResultsFolder()), backend)
  }
  // Runs of the command line go where --json says, not into the window's library.
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-'))
  try {
    return await work(createServices(jobPrinter(), folder), backend)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
