import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendReport } from '@shared/backend'
import { pickBackend } from '../engine/backends/pick'
import { createServices, type Services } from '../engine/services'
import { jobPrinter } from '../hosts/terminalProgress'

/** Runs the engine's services in this process: what the command line computes is what the window computes. */
export async function withServices<T>(work: (services: Services, backend: BackendReport) => Promise<T>): Promise<T> {
  const backend = await pickBackend()
  // Runs of the command line go where --json says, not into the window's library.
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-'))
  try {
    return await work(createServices(jobPrinter(), folder), backend)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
