import { endedStates, isActive, type JobStatus } from '@shared/jobs'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'
import { client } from '@/client'
import { useNoticeStore } from './noticeStore'

const unlisted = 'The jobs could not be listed'

/** Every job that the engine reports, by id; what can be done with those of the queue. */
export const useJobStore = defineStore('jobs', () => {
  const notices = useNoticeStore()
  const jobs = shallowRef<ReadonlyMap<string, JobStatus>>(new Map())
  /** False until the engine's list was read: a job that runs may not be known yet. */
  const listed = ref(false)
  /** Notes of the engine that were shown. */
  const shown = new Set<string>()

  const inOrder = computed(() => [...jobs.value.values()].sort((a, b) => a.rank - b.rank))
  const running = computed(() => inOrder.value.filter(({ state }) => state === 'running'))
  /** In the order in which they will start. */
  const waiting = computed(() => inOrder.value.filter(({ state }) => state === 'waiting'))
  /** Waiting, running or paused. */
  const active = computed(() => inOrder.value.filter(isActive))
  const interrupted = computed(() => inOrder.value.filter(({ state }) => state === 'interrupted'))

  /** Progress is sent without the request, which is known from the first report. */
  function put(job: JobStatus): void {
    const known = jobs.value.get(job.id)
    const input = job.input ?? known?.input
    const next = new Map(jobs.value).set(job.id, input ? { ...job, input } : job)
    // The engine forgets an equal request that was not finished when it is asked again.
    if (!known && job.key !== null && isActive(job))
      for (const { id, key, state } of jobs.value.values())
        if (key === job.key && (state === 'interrupted' || state === 'failed')) next.delete(id)
    jobs.value = next
    if (job.queued && endedStates.includes(job.state) && known && isActive(known)) void readNotes()
  }
  /** Takes a job out of the window's list. */
  function drop(id: string): void {
    const next = new Map(jobs.value)
    next.delete(id)
    jobs.value = next
  }
  /** Forgets everything: the engine that ran these jobs is gone. */
  function clear(): void {
    jobs.value = new Map()
    shown.clear()
    listed.value = false
  }

  /** Notes of the engine, each once. */
  function tell(notes: readonly string[]): void {
    for (const note of notes.filter((text) => !shown.has(text))) {
      shown.add(note)
      notices.add('warning', 'Jobs', note)
    }
  }
  /** What the engine notes while it works, it has noted when the job ends. An engine that is gone notes nothing. */
  async function readNotes(): Promise<void> {
    const { notes } = await client.call('job.list', {}).catch(() => ({ notes: [] }))
    tell(notes)
  }

  /** Reads the engine's list: what another window, or this one before it was reloaded, has asked for. */
  async function load(): Promise<void> {
    try {
      const answer = await client.call('job.list', {})
      const known = jobs.value
      // What was reported meanwhile is newer.
      jobs.value = new Map(answer.jobs.map((job) => [job.id, { ...job, ...known.get(job.id) }]))
      for (const [id, job] of known) if (!jobs.value.has(id)) put(job)
      tell(answer.notes)
      listed.value = true
      notices.settle(unlisted)
    } catch (error) {
      notices.fail(unlisted, error)
    }
  }

  /** @param matters whether a refusal is still worth a message once it is here */
  async function ask(what: string, call: Promise<unknown>, matters = (): boolean => true): Promise<boolean> {
    try {
      await call
      return true
    } catch (error) {
      if (matters()) notices.fail(`The job could not be ${what}`, error)
      return false
    }
  }
  /** A job that ended before the request arrived needs no cancelling. */
  async function cancel(jobId: string): Promise<void> {
    await ask('cancelled', client.call('job.cancel', { jobId }), () => {
      const job = jobs.value.get(jobId)
      return job !== undefined && isActive(job)
    })
  }
  async function pause(jobId: string): Promise<void> {
    await ask('paused', client.call('job.pause', { jobId }))
  }
  async function resume(jobId: string): Promise<void> {
    await ask('continued', client.call('job.resume', { jobId }))
  }
  /** Continues all that were interrupted, in their order. */
  async function resumeAll(): Promise<void> {
    for (const { id } of interrupted.value) await resume(id)
  }
  /** Moves a waiting job by so many places; negative numbers move it forward. */
  async function move(jobId: string, by: number): Promise<void> {
    await moveTo(jobId, waiting.value.findIndex(({ id }) => id === jobId) + by)
  }
  /** Moves a waiting job to a place among those that wait, counted from 0. */
  async function moveTo(jobId: string, place: number): Promise<void> {
    if (place >= 0 && place < waiting.value.length) await ask('moved', client.call('job.move', { jobId, place }))
  }
  async function forget(jobId: string): Promise<void> {
    if (await ask('removed', client.call('job.forget', { jobId }))) drop(jobId)
  }

  return {
    jobs,
    listed,
    inOrder,
    running,
    waiting,
    active,
    interrupted,
    put,
    drop,
    clear,
    load,
    cancel,
    pause,
    resume,
    resumeAll,
    move,
    moveTo,
    forget
  }
})
