import type { MinimalPairResult, PairSet } from '@shared/minimalPairs'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef, watch } from 'vue'
import * as v from 'valibot'
import { client } from '@/client'
import { keepSettings } from '@/composables/keepSettings'
import { useJob } from '@/composables/useJob'
import { useKept, useKeptStore } from '@/stores/keptStore'
import { baseName } from '@/stores/opening'
import { useJobStore } from '@/stores/jobStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSessionStore } from '@/stores/sessionStore'

/** Where pairs are read from, and the columns chosen where these are not found by themselves. */
export interface PairSource {
  path: string
  good?: string
  bad?: string
  paradigm?: string
}

const sourceSchema = v.object({
  path: v.string(),
  good: v.optional(v.string()),
  bad: v.optional(v.string()),
  paradigm: v.optional(v.string())
})
const saved = v.object({
  sources: v.fallback(v.array(sourceSchema), []),
  path: v.fallback(v.nullable(v.string()), null),
  limit: v.fallback(v.picklist(['20', '100', 'all']), '100'),
  scoring: v.fallback(v.picklist(['sum', 'withinWord', 'mean', 'penalty', 'withinWordMean']), 'sum'),
  order: v.fallback(v.picklist(['phenomenon', 'accuracy']), 'phenomenon'),
  asTable: v.fallback(v.boolean(), false)
})
/** How the next run scores sentences. */
export type PairScoring = v.InferOutput<typeof saved>['scoring']

/** Files of one's own that are offered again. */
const recentSources = 5

/** Runs of minimal pairs that are kept, the one under way, and what the next one would read. */
export const usePairsStore = defineStore('pairs', () => {
  const session = useSessionStore()
  const jobs = useJobStore()
  const notices = useNoticeStore()
  const kept = useKeptStore()

  const sets = shallowRef<readonly PairSet[]>([])
  const sources = ref<PairSource[]>([])
  /** Of the chosen set or file; null until there is one. */
  const path = ref<string | null>(null)
  const limit = ref<'20' | '100' | 'all'>('100')
  const scoring = ref<PairScoring>('sum')
  const order = ref<'phenomenon' | 'accuracy'>('phenomenon')
  const asTable = ref(false)
  const runs = useKept('pairs', false)
  const listed = computed(() => kept.listed)
  /** A run chosen by hand. */
  const chosen = ref<string | null>(null)
  const result = shallowRef<MinimalPairResult | null>(null)

  const source = computed<PairSource | null>(() => {
    const own = sources.value.find((one) => one.path === path.value)
    if (own) return own
    const set = sets.value.find((one) => one.path === path.value) ?? sets.value[0]
    return set ? { path: set.path } : null
  })
  const set = computed(() => sets.value.find((one) => one.path === source.value?.path) ?? null)
  const runsHere = computed(() => runs.value.filter((run) => run.subject.model.id === session.model?.id))
  /** The run chosen, otherwise the newest of the open model. */
  const shownId = computed(() => runs.value.find((run) => run.id === chosen.value)?.id ?? runsHere.value[0]?.id ?? null)
  const started = useJob<MinimalPairResult>({
    outlives: true,
    onFailure: (error) => notices.fail('The minimal pairs could not be run', error)
  })
  /** The run of the open model that waits or runs: this window's, or one that was asked for elsewhere. */
  const job = computed(
    () =>
      jobs.active.find(({ call, subject }) => call === 'pairs.run' && subject.model?.id === session.model?.id) ?? null
  )

  /** What a run would ask for. */
  const request = computed(() => {
    const { model } = session
    if (!model || !source.value) return null
    // A causal model masks nothing.
    const withinWord = scoring.value.startsWith('withinWord') && model.masked
    const length =
      scoring.value === 'penalty' ? ('penalty' as const) : /mean/i.test(scoring.value) ? ('mean' as const) : undefined
    return {
      modelId: model.id,
      ...(withinWord && { withinWord }),
      ...(length && { length }),
      ...source.value,
      pairs: limit.value === 'all' ? null : Number(limit.value)
    }
  })

  async function run(): Promise<void> {
    const asked = request.value
    if (!asked) return
    const done = await started.start((jobId) => client.call('pairs.run', { ...asked, jobId }))
    if (!done) return
    chosen.value = done.id
    await kept.refresh()
  }
  async function cancel(): Promise<void> {
    if (job.value) await jobs.cancel(job.value.id)
  }
  async function remove(runId: string): Promise<void> {
    try {
      await kept.remove([runId])
    } catch (error) {
      notices.fail('The run could not be deleted', error)
    }
  }

  /** Offers a file or folder of one's own, first among the recent ones, and chooses it. */
  function use(next: PairSource): void {
    sources.value = [next, ...sources.value.filter((one) => one.path !== next.path)].slice(0, recentSources)
    path.value = next.path
  }
  function nameOf(one: PairSource): string {
    return baseName(one.path)
  }

  void keepSettings('pairs', saved, { sources, path, limit, scoring, order, asTable }, ['sources', 'path'])

  watch(
    () => session.engine.restarts,
    async () => {
      try {
        sets.value = await client.call('pairs.sets', {})
      } catch (error) {
        notices.fail('The bundled minimal pairs could not be listed', error)
      }
    },
    { immediate: true }
  )
  watch(
    shownId,
    async (id) => {
      if (result.value?.id !== id) result.value = null
      if (id === null) return
      try {
        const read = await kept.read('pairs', id)
        if (shownId.value === id) result.value = read
      } catch (error) {
        notices.fail('A kept run of minimal pairs could not be read', error)
      }
    },
    { immediate: true }
  )

  return {
    sets,
    sources,
    path,
    limit,
    scoring,
    order,
    asTable,
    runs,
    listed,
    chosen,
    result,
    starting: started.running,
    source,
    request,
    set,
    runsHere,
    shownId,
    job,
    refresh: kept.refresh,
    run,
    cancel,
    remove,
    use,
    nameOf
  }
})
