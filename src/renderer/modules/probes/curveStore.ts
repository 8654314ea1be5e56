import type { CurveOptions } from '@shared/contract'
import { isActive, type JobStatus } from '@shared/jobs'
import type { CurveResult } from '@shared/curve'
import type { CurveKind } from '@shared/curveSettings'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { onJobsEnd } from '@/composables/onJobsEnd'
import { useJob } from '@/composables/useJob'
import { useJobStore } from '@/stores/jobStore'
import { useKept, useKeptStore } from '@/stores/keptStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'

/** Kept curves of the open model and data set, and those that are drawn. */
export const useCurveStore = defineStore('curves', () => {
  const session = useSessionStore()
  const notices = useNoticeStore()
  const jobs = useJobStore()
  const kept = useKeptStore()

  const runsHere = useKept('curve', true)
  /** Newest first. */
  const curves = shallowRef<readonly CurveResult[]>([])
  /** Counts attempts that ended: an interrupted one has points, and the next takes less time. */
  const attempts = ref(0)

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

  const started = useJob<CurveResult>({
    outlives: true,
    onFailure: (error) => notices.fail('The curve could not be drawn', error)
  })
  /** What this window asked for, until the engine has reported it. */
  const asked = shallowRef<Pick<CurveOptions, 'task' | 'curve'> | null>(null)
  const starting = computed(() => (started.running.value && !started.status.value ? asked.value : null))

  /** The curve of a kind that waits or is drawn for what is open, whoever requested it. */
  function running(kind: CurveKind, task: string): { job: JobStatus | null } | null {
    const job = [...jobs.jobs.values()].find(
      ({ call, subject, input, ...status }) =>
        call === 'curve.run' &&
        isActive(status) &&
        subject.model?.id === session.model?.id &&
        subject.dataset?.id === session.dataset?.id &&
        input?.task === task &&
        (input.curve as CurveOptions['curve']).kind === kind
    )
    if (job) return { job }
    return starting.value?.curve.kind === kind && starting.value.task === task ? { job: null } : null
  }

  /** One curve is drawn at a time: the next one is better estimated with what it leaves. */
  const busy = computed(() => started.running.value || jobs.active.some(({ call }) => call === 'curve.run'))

  async function run(options: CurveOptions): Promise<void> {
    asked.value = options
    const curve = await started.start((jobId) => client.call('curve.run', { ...options, jobId }))
    if (curve) curves.value = [curve, ...curves.value.filter(({ id }) => id !== curve.id)]
  }

  async function remove(curveId: string): Promise<void> {
    try {
      await kept.remove([curveId])
      curves.value = curves.value.filter(({ id }) => id !== curveId)
    } catch (error) {
      notices.fail('The curve could not be deleted', error)
    }
  }

  watch(
    runsHere,
    async (lines) => {
      try {
        const read = await Promise.all(lines.map(({ id }) => kept.read('curve', id)))
        if (runsHere.value === lines) curves.value = read
      } catch (error) {
        notices.fail('A kept curve could not be read', error)
      }
    },
    { immediate: true }
  )
  // The end of a curve, of whoever asked for it: it is among the kept ones now, or its points are.
  onJobsEnd(['curve.run'], () => attempts.value++)

  return { curves, attempts, busy, find, running, run, remove }
})
