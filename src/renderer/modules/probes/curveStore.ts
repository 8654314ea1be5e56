import type { CurveOptions } from '@shared/contract'
import type { CurveResult } from '@shared/curve'
import type { CurveKind } from '@shared/curveSettings'
import { defineStore } from 'pinia'
import { ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'

/** Kept curves, and the one under way. */
export const useCurveStore = defineStore('curves', () => {
  const session = useSessionStore()
  const notices = useNoticeStore()
  const jobs = useJobStore()

  /** Newest first. */
  const curves = shallowRef<readonly CurveResult[]>([])
  const running = shallowRef<{ jobId: string; options: CurveOptions } | null>(null)
  /** Counts attempts that ended: an interrupted one has points, and the next takes less time. */
  const attempts = ref(0)

  async function refresh(): Promise<void> {
    try {
      curves.value = await client.call('curve.list', {})
    } catch (error) {
      notices.fail('The kept curves could not be listed', error)
    }
  }

  /** The newest curve of a kind on what is open. */
  function find(kind: CurveKind, task: string): CurveResult | null {
    return (
      curves.value.find(
        (curve) =>
          curve.settings.kind === kind &&
          curve.task.id === task &&
          curve.model.id === session.model?.id &&
          curve.dataset.id === session.dataset?.id
      ) ?? null
    )
  }

  async function run(options: CurveOptions): Promise<void> {
    const jobId = crypto.randomUUID()
    running.value = { jobId, options }
    try {
      const curve = await client.call('curve.run', { ...options, jobId })
      curves.value = [curve, ...curves.value]
    } catch (error) {
      notices.fail('The curve could not be drawn', error)
    } finally {
      running.value = null
      attempts.value++
    }
  }

  function cancel(): void {
    // It may have ended a moment before.
    if (running.value) void client.call('job.cancel', { jobId: running.value.jobId }).catch(() => undefined)
  }

  async function remove(curveId: string): Promise<void> {
    try {
      await client.call('curve.delete', { curveId })
      curves.value = curves.value.filter(({ id }) => id !== curveId)
    } catch (error) {
      notices.fail('The curve could not be deleted', error)
    }
  }

  watch([() => session.model?.id, () => session.dataset?.id, () => session.engine.restarts], () => void refresh(), {
    immediate: true
  })
  // A curve that was begun before this window was there.
  watch(
    () => jobs.jobs,
    (now, before) => {
      const ended = [...now.values()].filter(
        (job) => job.kind === 'curve' && job.state === 'done' && before.get(job.id)?.state !== 'done'
      )
      if (ended.some((job) => job.id !== running.value?.jobId)) void refresh()
    }
  )

  return { curves, running, attempts, refresh, find, run, cancel, remove }
})
