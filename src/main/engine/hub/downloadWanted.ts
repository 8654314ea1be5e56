import { downloadModel } from './downloadModel'
import { openHub } from './hubClient'
import { listModel } from './listing'
import { readSettings } from './settings'

/** A commit of a model or a data set, as a lookup named it. */
export interface WantedModel {
  repo: string
  revision: string
  commit: string
  part?: string
}

export interface DownloadHandle {
  signal: AbortSignal
  /** Bytes of what was missing at the start. */
  onProgress: (done: number, total: number, message: string) => void
}

/** Downloads with the environment's settings and returns the folder to open. */
export async function downloadWanted(
  { repo, revision, commit, part }: WantedModel,
  { signal, onProgress }: DownloadHandle
): Promise<string> {
  const settings = readSettings()
  const client = await openHub(settings)
  try {
    onProgress(0, 0, `Asking ${client.host}`)
    const listing = await listModel(client, { repo, revision: commit, ...(part !== undefined && { part }) }, signal)
    return await downloadModel(client, { ...listing, revision, commit }, { settings, signal, onProgress })
  } finally {
    await client.close()
  }
}
