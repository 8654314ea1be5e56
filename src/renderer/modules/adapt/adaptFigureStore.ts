import { twinSeed } from '@shared/model'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useAdaptStore } from './adaptStore'
import { adaptFigures, costKey, type AdaptFigureId, type FigureRun } from './figures'

/** What a figure shows of one training; null scores failed. */
export interface FigurePoint {
  run: FigureRun
  score: number | null
  majority: number
  measure: string
  seconds: number
  taskBytes: number
  problem: string | null
}

/**
 * The figure chosen, and the trainings it is made from. They are jobs of the queue, behind everything that a person
 * waits for; each is a kept result, so that a figure that was interrupted goes on where it was.
 */
export const useAdaptFigures = defineStore('adaptFigures', () => {
  const session = useSessionStore()
  const adapt = useAdaptStore()
  const notices = useNoticeStore()

  const chosen = ref<AdaptFigureId>('restarts')
  const runs = computed((): FigureRun[] => {
    const { options } = adapt.request
    if (!options || !session.model) return []
    return adaptFigures[chosen.value].runs({
      base: { ...options, save: false },
      model: session.model,
      tasks: adapt.tasks,
      beforeTask: adapt.signals.beforeTask
    })
  })
  const key = computed(() => (runs.value.length > 0 ? JSON.stringify([chosen.value, runs.value]) : null))
  const points = shallowRef<readonly FigurePoint[]>([])
  const pending = shallowRef<ReadonlySet<string>>(new Set())
  watch(key, () => {
    points.value = []
    // What runs goes on and is kept; its figure takes it up when it is run again.
    pending.value = new Set()
  })

  /** Seconds of all trainings; from scratch takes as long as pretrained. */
  const cost = useAnswer<number>(
    () => key.value,
    async () => {
      const byKind = new Map<string, { run: FigureRun; count: number }>()
      for (const run of runs.value) {
        const kind = costKey(run)
        byKind.set(kind, { run, count: (byKind.get(kind)?.count ?? 0) + 1 })
      }
      let seconds = 0
      for (const { run, count } of byKind.values())
        seconds += count * (await client.call('finetune.estimate', run.request).catch(() => ({ seconds: 0 }))).seconds
      return seconds
    }
  )

  async function train(run: FigureRun, jobId: string): Promise<FigurePoint> {
    const none = { run, score: null, majority: 0, measure: '', seconds: 0, taskBytes: 0, problem: null }
    try {
      const { score, majority, measure, seconds, taskBytes } = await client.call('finetune.run', {
        ...run.request,
        background: true,
        jobId
      })
      return { ...none, score, majority, measure, seconds, taskBytes }
    } catch (error) {
      return { ...none, problem: error instanceof Error ? error.message : String(error) }
    }
  }

  async function run(): Promise<void> {
    const asked = key.value
    const { model } = session
    if (asked === null || !model) return
    points.value = []
    // The run shown stays: the newest one is that of the figure now.
    adapt.chosen = adapt.shown?.id ?? null
    try {
      const twin = runs.value.some(({ scratch }) => scratch)
        ? await client.call('model.open', { path: model.path, untrained: twinSeed, jobId: crypto.randomUUID() })
        : null
      if (key.value !== asked) return
      const started = runs.value.map((one) => ({ one, jobId: crypto.randomUUID() }))
      pending.value = new Set(started.map(({ jobId }) => jobId))
      await Promise.all(
        started.map(async ({ one, jobId }) => {
          const request = one.scratch && twin ? { ...one.request, modelId: twin.id } : one.request
          const point = await train({ ...one, request }, jobId)
          if (key.value !== asked || !pending.value.has(jobId)) return
          points.value = [...points.value, { ...point, run: one }]
          pending.value = new Set([...pending.value].filter((id) => id !== jobId))
        })
      )
    } catch (error) {
      notices.fail('The figure could not be made', error)
    }
  }
  function cancel(): void {
    const ids = [...pending.value]
    pending.value = new Set()
    for (const jobId of ids) void client.call('job.cancel', { jobId }).catch(() => undefined)
  }

  return { chosen, runs, points, pending, cost: cost.value, run, cancel }
})
