import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BackendReport } from '@shared/backend'
import type { ListedResult } from '@shared/results'
import { cacheNotes } from '../engine/files/cacheNotes'
import { keptResultsFolder } from '../engine/paths'
import type { Services } from '../engine/services'
import { jobPrinter } from '../hosts/terminalProgress'
import { cancelOnInterrupt } from './ending'

/**
 * Runs the engine's services in this process, so that the command line computes what the window computes. The engine is
 * imported only here, so that help and errors are immediate.
 * @param name what results are called in the library, which the window shows; without it they are not kept there
 * @param options.library whether they are kept there in any case
 */
export async function withServices<T>(
  work: (services: Services, backend: BackendReport) => Promise<T>,
  name?: string,
  { library = name !== undefined }: { library?: boolean } = {}
): Promise<T> {
  const [{ pickBackend }, { createServices }] = await Promise.all([
    import('../engine/backends/pick'),
    import('../engine/services')
  ])
  const backend = await pickBackend()
  // Without a name, runs of the command line go where --json says, not into the window's library.
  const folder = library ? keptResultsFolder() : mkdtempSync(join(tmpdir(), 'layerscope-'))
  const clear = (): void => (library ? undefined : rmSync(folder, { recursive: true, force: true }))
  process.on('exit', clear)
  const services = createServices(jobPrinter(), folder)
  services.runs.name = name ?? ''
  services.runs.onAnswer = (line, kept) => {
    if (!kept) return
    process.stderr.write(keptSentence(line, name))
    if (name !== undefined && line.name === '') services.results.rename(line.id, name)
  }
  const release = cancelOnInterrupt(services.jobs)
  try {
    return await work(services, backend)
  } finally {
    release()
    for (const note of [...services.results.notes, ...cacheNotes.values()]) process.stderr.write(`${note}\n`)
    process.off('exit', clear)
    clear()
  }
}

function keptSentence({ id, createdAt, name }: ListedResult, wanted: string | undefined): string {
  const at = createdAt.slice(0, 16).replace('T', ' ')
  const sentence = `Kept result ${id} of ${at}: the same was run before, so nothing was run.`
  const renames = wanted !== undefined && name !== '' && name !== wanted
  return `${sentence}${renames ? ` Its name is '${name}'; \`layerscope results --rename\` changes it.` : ''}\n`
}
