import type { JobStatus } from '@shared/jobs'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

export const useJobStore = defineStore('jobs', () => {
  const jobs = shallowRef<ReadonlyMap<string, JobStatus>>(new Map())
  const running = computed(() => [...jobs.value.values()].filter((job) => job.state === 'running'))

  function put(job: JobStatus): void {
    jobs.value = new Map(jobs.value).set(job.id, job)
  }
  function forget(id: string): void {
    const next = new Map(jobs.value)
    next.delete(id)
    jobs.value = next
  }
  /** Forgets everything: the engine that ran these jobs is gone. */
  function clear(): void {
    jobs.value = new Map()
  }
  return { jobs, running, put, forget, clear }
})
