import type { CachedModel, HubLookup, HubPlace } from '@shared/hub'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useJob } from '@/composables/useJob'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useOpening } from '@/stores/opening'

/**
 * Models and data sets by name: what was looked up, what is being downloaded, what is here. It outlives the dialog,
 * as a download does.
 */
export const useHubStore = defineStore('hub', () => {
  const layout = useLayoutStore()
  const notices = useNoticeStore()
  const opening = useOpening()

  const reference = ref('')
  const place = shallowRef<HubPlace | null>(null)
  /** What the dialog is for, or was for when it was open. */
  const kind = ref<'model' | 'dataset'>('model')
  const cached = shallowRef<{ models: CachedModel[]; datasets: CachedModel[] }>({ models: [], datasets: [] })
  const entries = computed(() => (kind.value === 'model' ? cached.value.models : cached.value.datasets))
  const error = ref<string | null>(null)
  const lookup = useJob<HubLookup>({ onFailure: (failure) => (error.value = sentenceOf(failure)) })
  const download = useJob<{ folder: string }>({
    outlives: true,
    onFailure: (failure) => {
      error.value = sentenceOf(failure)
      // Whoever closed the dialog meanwhile still learns of it.
      if (!isShown()) notices.fail(`'${wantedRepo}' could not be downloaded`, failure)
    }
  })
  let wantedRepo = ''
  const isShown = (): boolean => layout.dialog === 'openHub' || layout.dialog === 'openDataHub'
  watch(
    () => layout.dialog,
    (dialog) => {
      const shown = dialog === 'openDataHub' ? 'dataset' : dialog === 'openHub' ? 'model' : kind.value
      if (shown === kind.value) return
      kind.value = shown
      // What was typed for a model is not the name of a data set.
      reference.value = ''
      forget()
    },
    { flush: 'sync', immediate: true }
  )

  /** Reads what is in the cache and where would be asked; asks nobody. */
  async function refresh(): Promise<void> {
    try {
      const answer = await client.call('hub.cached', {})
      place.value = answer.place
      cached.value = answer
    } catch (failure) {
      error.value = sentenceOf(failure)
    }
  }

  async function lookUp(): Promise<void> {
    if (reference.value.trim() === '') return forget()
    forget()
    const typed = reference.value.trim()
    const isData = kind.value === 'dataset' && !/^(datasets\/|[a-z]+:\/\/)/i.test(typed)
    const wanted = isData ? `datasets/${typed}` : typed
    await lookup.start((jobId) => client.call('hub.lookup', { reference: wanted, jobId }))
  }
  function forget(): void {
    lookup.clear()
    error.value = null
  }

  async function downloadAndOpen(): Promise<void> {
    const wanted = lookup.result.value
    if (!wanted || download.running.value) return
    error.value = null
    const isData = wanted.repo.startsWith('datasets/')
    if (wanted.folder !== null) return open(wanted.folder, isData)
    const { repo, revision, commit, part } = wanted
    wantedRepo = repo
    const request = { repo, revision, commit, ...(part !== undefined && { part }) }
    const downloaded = await download.start((jobId) => client.call('hub.download', { ...request, jobId }))
    void refresh()
    if (downloaded) await open(downloaded.folder, isData)
  }
  async function open(folder: string, isData = kind.value === 'dataset'): Promise<void> {
    if (isShown()) layout.dialog = null
    // Next time the dialog begins with the models that are here, this one among them.
    reference.value = ''
    forget()
    // How the columns are read is shown first, as of every data.
    if (isData) layout.preview([folder])
    else await opening.openModel(folder)
  }

  return {
    reference,
    place,
    kind,
    entries,
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
