import type { ProbeResult } from '@shared/probe'
import { shallowRef, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'
import { client } from '@/client'
import { useLatest } from '@/composables/useLatest'
import type { ConfusionCounts } from '@/plots/confusionOrder'
import { useNoticeStore } from '@/stores/noticeStore'

/** Counts, and the layer they are of: for a moment another one than the chosen. */
export interface LayerConfusion extends ConfusionCounts {
  layer: number
}

/** Gold against predicted of one run at one layer; null while it is fetched or where that layer was not probed. */
export function useConfusion(
  result: MaybeRefOrGetter<ProbeResult>,
  layer: MaybeRefOrGetter<number>
): Ref<LayerConfusion | null> {
  const confusion = shallowRef<LayerConfusion | null>(null)
  const notices = useNoticeStore()
  const latest = useLatest()
  watch(
    [() => toValue(result).id, () => toValue(layer)],
    async ([runId, at], previous) => {
      const { classes, layers } = toValue(result)
      // Another layer of the same run: the old picture stays until the new one is there.
      if (previous[0] !== runId) confusion.value = null
      if (!layers.some((candidate) => candidate.layer === at)) {
        confusion.value = null
        return
      }
      try {
        const matrix = await latest(client.call('probe.confusion', { runId, layer: at }))
        confusion.value = { classes, counts: matrix.data, layer: at }
      } catch (error) {
        if (error instanceof Error && error.name === 'Superseded') return
        confusion.value = null
        notices.fail('The confusion matrix could not be read', error)
      }
    },
    { immediate: true }
  )
  return confusion
}
