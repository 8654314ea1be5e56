import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendReport } from '@shared/backend'
import { keptResultsFolder } from '../engine/paths'
import type { Services } from '../engine/services'
import { jobPrinter } from '../hosts/terminalProgress'
import { cancelOnInterrupt } from './ending'

/**
 * Runs the engine's services in this process, so that the command line computes what the window computes. The engine is
 * imported only here, so that help and errors are immediate.
 * @param keep whether results go into the library, which the window shows
 */
export async function withServices<T>(
  work: (services: Services, backend: BackendReport) => Promise<T>,
  keep = false
): Promise<T> {
  const [{ pickBackend }, { createServices }] = await Promise.all([
    import('../engine/backends/pick'),
    import('../engine/services')
  ])
  const backend = await pickBackend()
  // Runs of the command line go where --json says, not into the window's library.
  const folder = keep ? keptResultsFolder() : mkdtempSync(join(tmpdir(), 'layerscope-'))
  const clear = (): void => (keep ? undefined : rmSync(folder, { recursive: true, force: true }))
  process.on('exit', clear)
  const services = createServices(jobPrinter(), folder)
  services.runs.onKept = ({ id, createdAt }) =>
    process.stderr.write(
      `Kept result ${id} of ${createdAt.slice(0, 16).replace('T', ' ')}: the same was run before, so nothing was run.\n`
    )
  const release = cancelOnInterrupt(services.jobs)
  try {
    return await work(services, backend)
  } finally {
    release()
    for (const note of services.results.notes) process.stderr.write(`${note}\n`)
    process.off('exit', clear)
    clear()
  }
}
