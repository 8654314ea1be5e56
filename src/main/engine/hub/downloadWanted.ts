import { downloadModel } from './downloadModel'
import { openHub } from './hubClient'
import { listModel } from './listing'
import { readSettings } from './settings'

/** A commit of a model, as a lookup named it. */
export interface WantedModel {
  repo: string
  revision: string
  commit: string
}

export interface DownloadHandle {
  signal: AbortSignal
  /** Bytes of what was missing at the start. */
  onProgress: (done: number, total: number, message: string) => void
}

/** Downloads with the environment's settings and returns the snapshot's folder. */
export async function downloadWanted(
  { repo, revision, commit }: WantedModel,
  { signal, onProgress }: DownloadHandle
): Promise<string> {
  const settings = readSettings()
  const client = await openHub(settings)
  try {
    onProgress(0, 0, `Asking ${client.host}`)
    const listing = await listModel(client, { repo, revision: commit }, signal)
    return await downloadModel(client, { ...listing, revision, commit }, { settings, signal, onProgress })
  } finally {
    await client.close()
  }
}
