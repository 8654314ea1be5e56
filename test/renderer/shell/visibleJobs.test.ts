// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia'
import { effectScope, nextTick } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { jobShare, jobText } from '@/components/jobText'
import { appearAfterMs, lingerMs, useVisibleJobs } from '@/shell/visibleJobs'
import { useJobStore } from '@/stores/jobStore'
import { jobStatus as job } from '../../shared/jobStatus'

beforeEach(() => {
  vi.useFakeTimers()
  setActivePinia(createPinia())
})
afterEach(() => vi.useRealTimers())

describe('the jobs bar', () => {
  it('says nothing of work that is over in a moment, and forgets it', async () => {
    const store = useJobStore()
    const visible = effectScope().run(useVisibleJobs)!
    store.put(job())
    await nextTick()
    vi.advanceTimersByTime(appearAfterMs - 1)
    store.put(job({ state: 'done' }))
    await nextTick()
    vi.advanceTimersByTime(lingerMs)
    expect(visible.value).toEqual([])
    expect(store.jobs.size).toBe(0)
  })

  it('shows longer work, keeps its end in sight for a while, then lets it go', async () => {
    const store = useJobStore()
    const visible = effectScope().run(useVisibleJobs)!
    store.put(job())
    await nextTick()
    vi.advanceTimersByTime(appearAfterMs)
    store.put(job({ done: 3 }))
    await nextTick()
    expect(visible.value.map((shown) => shown.done)).toEqual([3])
    store.put(job({ state: 'done', done: 4 }))
    await nextTick()
    expect(visible.value.map((shown) => shown.state)).toEqual(['done'])
    vi.advanceTimersByTime(lingerMs)
    expect(visible.value).toEqual([])
  })

  it('keeps what failed in the queue for the list of jobs, and drops what went well', async () => {
    const store = useJobStore()
    const visible = effectScope().run(useVisibleJobs)!
    store.put(job({ id: 'failed', state: 'failed' }))
    store.put(job({ id: 'light', state: 'failed', queued: false }))
    store.put(job({ id: 'done', state: 'done' }))
    store.put(job({ id: 'waiting', state: 'waiting' }))
    await nextTick()
    vi.advanceTimersByTime(appearAfterMs)
    expect(visible.value).toEqual([])
    expect([...store.jobs.keys()]).toEqual(['failed', 'waiting'])
  })

  it('is in the order of beginning, what runs before what has ended', async () => {
    const store = useJobStore()
    const visible = effectScope().run(useVisibleJobs)!
    store.put(job({ id: 'late', createdAt: 9 }))
    store.put(job({ id: 'early', createdAt: 2 }))
    await nextTick()
    vi.advanceTimersByTime(appearAfterMs)
    expect(visible.value.map((shown) => shown.id)).toEqual(['early', 'late'])
    store.put(job({ id: 'early', createdAt: 2, state: 'done' }))
    await nextTick()
    expect(visible.value.map((shown) => shown.id)).toEqual(['late', 'early'])
  })
})

it('a share is known only where the size is', () => {
  expect([
    jobShare(job()),
    jobShare(job({ total: 0 })),
    jobShare(job({ done: 9 })),
    jobShare(job({ total: 0, state: 'done' }))
  ]).toEqual([0.25, null, 1, 1])
})

it('what a job does is said in a few words', () => {
  expect(
    [
      null,
      job({ state: 'waiting', startedAt: null }),
      job({ state: 'waiting' }),
      job({ state: 'paused' }),
      job({ message: 'Layer 2', secondsLeft: 12 })
    ].map(jobText)
  ).toEqual(['starting', 'waiting', 'continues after the running job', 'paused', 'Layer 2 · 12 s left'])
})
