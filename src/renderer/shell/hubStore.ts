import type { CachedModel, HubLookup, HubPlace } from '@shared/hub'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { client } from '@/client'
import { useLatest } from '@/composables/useLatest'
import { useJobStore } from '@/stores/jobStore'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useOpening } from '@/stores/opening'

/**
 * Models by name: what was looked up, what is being downloaded, what is here. It outlives the dialog, as a download
 * does.
 */
export const useHubStore = defineStore('hub', () => {
  const jobs = useJobStore()
  const layout = useLayoutStore()
  const notices = useNoticeStore()
  const opening = useOpening()
  const latest = useLatest()

  const reference = ref('')
  const place = shallowRef<HubPlace | null>(null)
  const models = shallowRef<CachedModel[]>([])
  const found = shallowRef<HubLookup | null>(null)
  const error = ref<string | null>(null)
  const lookingUp = ref<string | null>(null)
  /** Id of the download that is running. */
  const downloading = ref<string | null>(null)
  const job = computed(() => (downloading.value === null ? null : (jobs.jobs.get(downloading.value) ?? null)))

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
    const jobId = crypto.randomUUID()
    cancelLookUp()
    lookingUp.value = jobId
    error.value = null
    found.value = null
    try {
      found.value = await latest(client.call('hub.lookup', { reference: reference.value.trim(), jobId }))
    } catch (failure) {
      if (!isOver(failure)) error.value = sentenceOf(failure)
    } finally {
      if (lookingUp.value === jobId) lookingUp.value = null
    }
  }
  function cancelLookUp(): void {
    if (lookingUp.value !== null) cancel(lookingUp.value)
    lookingUp.value = null
  }
  function forget(): void {
    cancelLookUp()
    found.value = null
    error.value = null
  }

  async function downloadAndOpen(): Promise<void> {
    const wanted = found.value
    if (!wanted || downloading.value !== null) return
    error.value = null
    let folder = wanted.folder
    if (folder === null) {
      downloading.value = crypto.randomUUID()
      try {
        const { repo, revision, commit } = wanted
        folder = (await client.call('hub.download', { repo, revision, commit, jobId: downloading.value })).folder
      } catch (failure) {
        if (isOver(failure)) return
        error.value = sentenceOf(failure)
        // Whoever closed the dialog meanwhile still learns of it.
        if (layout.dialog !== 'openHub') notices.fail(`'${wanted.repo}' could not be downloaded`, failure)
        return
      } finally {
        downloading.value = null
        void refresh()
      }
    }
    await open(folder)
  }
  async function open(folder: string): Promise<void> {
    if (layout.dialog === 'openHub') layout.dialog = null
    // Next time the dialog begins with the models that are here, this one among them.
    reference.value = ''
    forget()
    await opening.openModel(folder)
  }
  function stop(): void {
    if (downloading.value !== null) cancel(downloading.value)
  }
  function cancel(jobId: string): void {
    // A job that has just ended cannot be cancelled, and need not be.
    client.call('job.cancel', { jobId }).catch(() => undefined)
  }

  return {
    reference,
    place,
    models,
    found,
    error,
    lookingUp,
    downloading,
    job,
    refresh,
    lookUp,
    forget,
    downloadAndOpen,
    open,
    stop
  }
})

function isOver(failure: unknown): boolean {
  return failure instanceof Error && (failure.name === 'JobCancelled' || failure.name === 'Superseded')
}

function sentenceOf(failure: unknown): string {
  return failure instanceof Error ? failure.message : String(failure)
}
