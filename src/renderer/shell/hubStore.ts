import type { CachedModel, HubLookup, HubPlace } from '@shared/hub'
import { defineStore } from 'pinia'
import { ref, shallowRef } from 'vue'
import { client } from '@/client'
import { useJob } from '@/composables/useJob'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useOpening } from '@/stores/opening'

/**
 * Models by name: what was looked up, what is being downloaded, what is here. It outlives the dialog, as a download
 * does.
 */
export const useHubStore = defineStore('hub', () => {
  const layout = useLayoutStore()
  const notices = useNoticeStore()
  const opening = useOpening()

  const reference = ref('')
  const place = shallowRef<HubPlace | null>(null)
  const models = shallowRef<CachedModel[]>([])
  const error = ref<string | null>(null)
  const lookup = useJob<HubLookup>({ onFailure: (failure) => (error.value = sentenceOf(failure)) })
  const download = useJob<{ folder: string }>({
    outlives: true,
    onFailure: (failure) => {
      error.value = sentenceOf(failure)
      // Whoever closed the dialog meanwhile still learns of it.
      if (layout.dialog !== 'openHub') notices.fail(`'${wantedRepo}' could not be downloaded`, failure)
    }
  })
  let wantedRepo = ''

  /** Reads what is in the cache and where would be asked; asks nobody. */
  async function refresh(): Promise<void> {
    try {
      const answer = await client.call('hub.cached', {})
      place.value = answer.place
      models.value = answer.models
    } catch (failure) {
      error.value = sentenceOf(failure)
    }
  }

  async function lookUp(): Promise<void> {
    if (reference.value.trim() === '') return forget()
    forget()
    await lookup.start((jobId) => client.call('hub.lookup', { reference: reference.value.trim(), jobId }))
  }
  function forget(): void {
    lookup.clear()
    error.value = null
  }

  async function downloadAndOpen(): Promise<void> {
    const wanted = lookup.result.value
    if (!wanted || download.running.value) return
    error.value = null
    if (wanted.folder !== null) return open(wanted.folder)
    const { repo, revision, commit } = wanted
    wantedRepo = repo
    const downloaded = await download.start((jobId) => client.call('hub.download', { repo, revision, commit, jobId }))
    void refresh()
    if (downloaded) await open(downloaded.folder)
  }
  async function open(folder: string): Promise<void> {
    if (layout.dialog === 'openHub') layout.dialog = null
    // Next time the dialog begins with the models that are here, this one among them.
    reference.value = ''
    forget()
    await opening.openModel(folder)
  }

  return {
    reference,
    place,
    models,
    found: lookup.result,
    error,
    lookingUp: lookup.running,
    downloading: download.running,
    job: download.status,
    refresh,
    lookUp,
    forget,
    downloadAndOpen,
    open,
    stop: download.cancel
  }
})

function sentenceOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}
