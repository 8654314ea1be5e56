import type { CachedModel, HubLookup, HubPlace } from '@shared/hub'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { cachedDatasets, cachedModels } from '../hub/cached'
import { downloadInThread } from '../hub/downloadThread'
import { downloadWanted, type WantedModel } from '../hub/downloadWanted'
import { openHub, type HubClient } from '../hub/hubClient'
import { lookUp } from '../hub/lookup'
import { isRevision, parseReference } from '../hub/reference'
import { isRepo, safeParts } from '../files/hubCache'
import { readSettings, type HubSettings } from '../hub/settings'
import { withSignal } from '../jobs/jobSignal'

/** Models and data sets by name. The environment is read again for every call, and no request is made without one. */
export class HubService {
  /** @param thread built entry of a thread to download in; this one where it is left out */
  constructor(private readonly thread?: string) {}

  lookUp(reference: string, job: JobHandle): Promise<HubLookup> {
    return withSignal(job, (signal) =>
      withHub((client, settings) => lookUp(client, parseReference(reference, client.hosts), settings, signal))
    )
  }

  download({ repo, revision, commit, part }: WantedModel, job: JobHandle): Promise<{ folder: string }> {
    if (!isRepo(repo) || !isRevision(revision)) throw new UserError(`'${repo}@${revision}' is not the name of a model.`)
    if (part !== undefined && safeParts(part) === null) throw new UserError(`'${part}' is not a folder of ${repo}.`)
    return withSignal(job, async (signal) => {
      const onProgress = (done: number, total: number, message: string): void => job.progress(done, total, message)
      const wanted = { repo, revision, commit, ...(part !== undefined && { part }) }
      const folder = await (this.thread === undefined
        ? downloadWanted(wanted, { signal, onProgress })
        : downloadInThread(this.thread, wanted, { signal, onProgress }))
      return { folder }
    })
  }

  cached(): Promise<{ place: HubPlace; models: CachedModel[]; datasets: CachedModel[] }> {
    return withHub(async (client, { cacheFolder, offline }) => ({
      place: { host: client.host, cacheFolder, offline, hasToken: client.hasToken },
      models: cachedModels(cacheFolder),
      datasets: cachedDatasets(cacheFolder)
    }))
  }
}

async function withHub<T>(work: (client: HubClient, settings: HubSettings) => Promise<T>): Promise<T> {
  const settings = readSettings()
  const client = await openHub(settings)
  try {
    return await work(client, settings)
  } finally {
    await client.close()
  }
}
