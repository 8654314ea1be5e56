import type { ProbedTask } from '@shared/finetuneProbes'
import { twinSeed } from '@shared/model'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import { client } from '@/client'
import { useAnswer } from '@/composables/useAnswer'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { useAdaptStore } from './adaptStore'
import {
  adaptFigures,
  costKey,
  type AdaptFigure,
  type AdaptFigureId,
  type FigureContext,
  type FigureRun
} from './figures'

/** What a figure shows of one training; null scores failed. */
export interface FigurePoint {
  run: FigureRun
  score: number | null
  majority: number
  measure: string
  seconds: number
  taskBytes: number
  /** Probes along the training. */
  probes: readonly ProbedTask[]
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
  const context = computed((): FigureContext | null => {
    const { options } = adapt.request
    if (!options || !session.model) return null
    return {
      base: { ...options, save: false, checkpoints: null },
      model: session.model,
      tasks: adapt.tasks,
      beforeTask: adapt.signals.beforeTask
    }
  })
  const figure = computed((): AdaptFigure => adaptFigures[chosen.value])
  const runs = computed((): FigureRun[] => (context.value ? figure.value.runs(context.value) : []))
  /** What of the figure cannot be made of what is open, and why. */
  const missing = computed(() => (context.value && figure.value.missing?.(context.value)) ?? '')
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
    const none = { run, score: null, majority: 0, measure: '', seconds: 0, taskBytes: 0, probes: [], problem: null }
    try {
      const {
        score,
        majority,
        measure,
        seconds,
        taskBytes,
        probes = []
      } = await client.call('finetune.run', {
        ...run.request,
        background: true,
        jobId
      })
      return { ...none, score, majority, measure, seconds, taskBytes, probes }
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
      const started = runs.value.map((one) => ({ one, jobId: crypto.randomUUID() }))
      const ids = new Map([['as open', model.id]])
      for (const [start, untrained] of [
        ['untrained', twinSeed],
        ['checkpoint', undefined]
      ] as const)
        if (started.some(({ one }) => one.start === start)) {
          const opened = { path: model.path, untrained, jobId: crypto.randomUUID() }
          ids.set(start, (await client.call('model.open', opened)).id)
        }
      if (key.value !== asked) return
      pending.value = new Set(started.map(({ jobId }) => jobId))
      await Promise.all(
        started.map(async ({ one, jobId }) => {
          const request = { ...one.request, modelId: ids.get(one.start)! }
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

  return { chosen, runs, missing, points, pending, cost: cost.value, run, cancel }
})
