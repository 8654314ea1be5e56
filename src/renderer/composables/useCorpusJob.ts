import { watch } from 'vue'
import { useSessionStore } from '@/stores/sessionStore'
import { useJob, type Job } from './useJob'

/**
 * Long work on the open model and data: its result is gone as soon as others are open, so that no number is shown under
 * the name of another.
 * @param anySplit the work does not depend on the split that is chosen
 */
export function useCorpusJob<T>({ anySplit = false } = {}): Job<T> {
  const session = useSessionStore()
  const job = useJob<T>()
  watch([() => session.model?.id, () => session.dataset?.id, () => (anySplit ? '' : session.split)], job.clear, {
    flush: 'sync'
  })
  return job
}
