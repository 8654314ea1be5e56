import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { HubLookup } from '@shared/hub'
import { downloadModel, type ModelDownload } from '../../../src/main/engine/hub/downloadModel'
import { openHub, type HubClient } from '../../../src/main/engine/hub/hubClient'
import { listModel } from '../../../src/main/engine/hub/listing'
import { lookUp } from '../../../src/main/engine/hub/lookup'
import { readSettings, type HubSettings } from '../../../src/main/engine/hub/settings'
import { startHub, type HubServer, type HubServerOptions } from './hubServer'

export interface TestHub {
  server: HubServer
  settings: HubSettings
  client: HubClient
  lookUp(revision?: string, part?: string): Promise<HubLookup>
  download(options?: Partial<ModelDownload>): Promise<string>
}

/** A hub with one repository, an empty cache, and a client between them; all are gone when the test ends. */
export async function testHub(
  options: HubServerOptions & { repo?: string },
  environment: Record<string, string> = {}
): Promise<TestHub> {
  const home = await mkdtemp(join(tmpdir(), 'layerscope-hub-'))
  const server = await startHub(options)
  const settings = readSettings({ HF_ENDPOINT: server.url, HF_HOME: join(home, 'hf'), ...environment }, home)
  const client = await openHub(settings)
  onTestFinished(async () => {
    await client.close()
    await server.close()
    await rm(home, { recursive: true, force: true })
  })
  const repo = options.repo ?? 'tiny/bert'
  return {
    server,
    settings,
    client,
    lookUp: (revision = 'main', part) =>
      lookUp(client, { repo, revision, ...(part !== undefined && { part }) }, settings),
    download: async (extra = {}) =>
      downloadModel(client, await listModel(client, { repo, revision: 'main' }), {
        settings,
        pauseMilliseconds: 1,
        attempts: 3,
        ...extra
      })
  }
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'layerscope-hub-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}
