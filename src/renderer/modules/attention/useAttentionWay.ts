import { computed, shallowRef } from 'vue'
import { useJobStore } from '@/stores/jobStore'
import type { Reading } from '@/stores/reading'
import { client } from '@/client'
import { isGuessWay, secondsUnasked, waySeconds, type MapWay } from './mapWays'

/** What is asked for, and where. */
interface Place {
  reading: Reading | null
  layer: number
  /** The token that is kept. */
  token: number | null
}

/** The way that the maps are made, what that costs, and whether it was asked for where it costs much. */
export function useAttentionWay(name: () => MapWay, place: () => Place) {
  const jobs = useJobStore()
  const approved = shallowRef<ReadonlySet<string>>(new Set())
  const jobId = shallowRef<string | null>(null)
  const key = computed(() => {
    const { reading, layer, token } = place()
    return `${name()} ${isGuessWay(name()) ? token : layer} ${reading?.key}`
  })
  /** Why there is no map yet, where it is not its price. */
  const missing = computed(() => {
    const { reading, token } = place()
    if (!reading || !isGuessWay(name())) return null
    if (!reading.model.head)
      return `${reading.model.name} has no language-model head, so there is no guess that could be explained.`
    return token === null ? 'Click a token: what the others add to its guess is shown.' : null
  })
  const seconds = computed(() => {
    const { reading, layer } = place()
    if (!reading) return 0
    const { layers, heads } = reading.model
    const { length: tokens } = reading.tokens
    return waySeconds(name(), { pass: reading.milliseconds / 1000, tokens, layer, layers, heads })
  })
  return {
    name: computed(name),
    seconds,
    /** Whether the map waits until a person wants it. */
    held: computed(() => missing.value !== null || (seconds.value > secondsUnasked && !approved.value.has(key.value))),
    missing,
    costly: computed(() => seconds.value > secondsUnasked),
    approve: () => (approved.value = new Set([...approved.value, key.value])),
    jobId,
    status: computed(() => (jobId.value === null ? null : (jobs.jobs.get(jobId.value) ?? null))),
    /** Ends the computation; the map waits again. */
    cancel(): void {
      // It may have ended a moment before.
      if (jobId.value !== null) void client.call('job.cancel', { jobId: jobId.value }).catch(() => undefined)
      approved.value = new Set([...approved.value].filter((asked) => asked !== key.value))
    }
  }
}
