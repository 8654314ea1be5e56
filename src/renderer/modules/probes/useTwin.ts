import { twinSeed } from '@shared/model'
import type { ProbeResult } from '@shared/probe'
import { ref } from 'vue'
import { client } from '@/client'
import { useNoticeStore } from '@/stores/noticeStore'
import { useProbeStore } from '@/stores/probeStore'
import { useSessionStore } from '@/stores/sessionStore'
import { settingsOf } from '@/setup/settingsOf'

/** Probes the untrained twin of the open model as a run of it was made, so that it stands among the run's controls. */
export function useTwin() {
  const session = useSessionStore()
  const probes = useProbeStore()
  const notices = useNoticeStore()
  const busy = ref(false)

  async function probeTwin(result: ProbeResult): Promise<void> {
    const path = session.model?.path
    if (!path) return
    busy.value = true
    try {
      const twin = await client.call('model.open', { path, untrained: twinSeed, jobId: crypto.randomUUID() })
      await probes.runAll([
        {
          ...settingsOf(result),
          conditional: false,
          modelId: twin.id,
          datasetId: result.dataset.id,
          task: result.task.id,
          layers: result.layers.map(({ layer }) => layer)
        }
      ])
    } catch (error) {
      notices.fail('The untrained twin could not be probed', error)
    } finally {
      busy.value = false
    }
  }
  return { busy, probeTwin }
}
