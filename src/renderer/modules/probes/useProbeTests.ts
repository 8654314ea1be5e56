import type { ProbeResult } from '@shared/probe'
import type { ProbeTests } from '@shared/signal'
import { shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { client } from '@/client'
import { Superseded, useLatest } from '@/composables/useLatest'
import { useNoticeStore } from '@/stores/noticeStore'
import { useProbeStore } from '@/stores/probeStore'
import { isTree } from '@/plots/probeMeasures'

/** Seed of the exchanges and resamples. */
export const testSeed = 1

/** The paired tests of the run in view; null while they are not there, and for a structural probe, which has none. */
export function useProbeTests(result: Readonly<Ref<ProbeResult | null>>): ShallowRef<ProbeTests | null> {
  const probes = useProbeStore()
  const notices = useNoticeStore()
  const tests = shallowRef<ProbeTests | null>(null)
  const latest = useLatest()
  // A control that is missing may be among the runs that came since.
  watch(
    [result, () => probes.runs],
    async ([run]) => {
      const here = run && !isTree(run) ? run.id : null
      if (tests.value?.runId !== here) tests.value = null
      if (here === null || tests.value?.missing.length === 0) return
      try {
        tests.value = await latest(client.call('compare.tests', { runId: here, seed: testSeed }))
      } catch (error) {
        if (!(error instanceof Superseded)) notices.fail('The layers could not be tested against one another', error)
      }
    },
    { immediate: true }
  )
  return tests
}
