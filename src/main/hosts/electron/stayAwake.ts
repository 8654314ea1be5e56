import { powerSaveBlocker } from 'electron'
import type { JobStatus } from '@shared/jobs'
import type { Host } from '../host'

/** Keeps the system from suspending the app while a job runs; the screen may still go dark. */
export function stayAwakeForJobs(host: Pick<Host, 'subscribe'>): void {
  const running = new Set<string>()
  let blocker: number | null = null
  host.subscribe((name, payload) => {
    if (name === 'job.changed') {
      const { id, state } = payload as JobStatus
      if (state === 'running') running.add(id)
      else running.delete(id)
    } else if (name === 'engine.state') {
      // The jobs of an engine that is gone run no more; a new one reports its own.
      running.clear()
    } else return
    if (running.size > 0) blocker ??= powerSaveBlocker.start('prevent-app-suspension')
    else if (blocker !== null) {
      powerSaveBlocker.stop(blocker)
      blocker = null
    }
  })
}
