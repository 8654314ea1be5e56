import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, vi } from 'vitest'
import { rerunCommand } from '../../../src/main/commands/rerun'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { nativeRoot } from '../../../src/main/engine/backends/provision/install'
import { createServices, type Services } from '../../../src/main/engine/services'

/** Services with a cache and a library of the test's own, and `layerscope rerun` with what it wrote. */
export interface Rerunning {
  folder: string
  services: Services
  printed: string
  said: string
  rerun(...parameters: string[]): Promise<number>
}

export function rerunning(): Rerunning {
  const before = process.env.LAYERSCOPE_CACHE
  const here = {
    printed: '',
    said: '',
    async rerun(...parameters: string[]): Promise<number> {
      here.printed = ''
      here.said = ''
      vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((here.printed += String(text)), true))
      vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((here.said += String(text)), true))
      return rerunCommand.run(parameters)
    }
  } as Rerunning
  beforeAll(async () => {
    console.info(`Running again is tested on ${(await pickBackend()).title}.`)
    here.folder = mkdtempSync(join(tmpdir(), 'layerscope-rerun-'))
    // Word vectors of the test, not the person's; the command looks for native TensorFlow there as well.
    if (existsSync(nativeRoot())) symlinkSync(nativeRoot(), join(here.folder, 'native'), 'junction')
    process.env.LAYERSCOPE_CACHE = here.folder
    here.services = createServices(() => undefined, join(here.folder, 'probes'))
  })
  afterEach(() => vi.restoreAllMocks())
  afterAll(() => {
    if (before === undefined) delete process.env.LAYERSCOPE_CACHE
    else process.env.LAYERSCOPE_CACHE = before
    rmSync(here.folder, { recursive: true, force: true })
  })
  return here
}
