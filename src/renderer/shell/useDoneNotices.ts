import { isActive, type JobStatus } from '@shared/jobs'
import { watch } from 'vue'
import { client } from '@/client'
import { useJobStore } from '@/stores/jobStore'
import { useSessionStore } from '@/stores/sessionStore'

/** Shorter work is over before anyone looks away. */
const worthMs = 5000

/** Says what has become of a job of the queue when it ends while nobody looks at the window. */
export function useDoneNotices(): void {
  const jobs = useJobStore()
  const session = useSessionStore()

  async function tell(job: JobStatus): Promise<void> {
    const title = `${job.title}: ${job.state}`
    const about = [job.subject.model?.name, job.subject.dataset?.name].filter(Boolean).join(', ')
    const text = job.error ?? about
    if (session.app?.host === 'electron') await client.call('app.notify', { title, text })
    else if (mayNotify()) new Notification(title, { body: text })
  }
  watch(
    () => jobs.jobs,
    (now, before) => {
      if (document.hasFocus()) return
      for (const job of now.values()) {
        const known = before.get(job.id)
        const ended = job.state === 'done' || job.state === 'failed'
        if (!job.queued || !ended || !known || !isActive(known)) continue
        // A notification that cannot be shown is not worth a message: the list of jobs says the same.
        if (Date.now() - (job.startedAt ?? job.createdAt) >= worthMs) void tell(job).catch(() => undefined)
      }
    }
  )
}

/** Whether a browser lets the window notify. */
function mayNotify(): boolean {
  return 'Notification' in window && Notification.permission === 'granted'
}

/** Whether a browser has not been asked yet to let the window notify. */
export function mayAskToNotify(): boolean {
  return 'Notification' in window && Notification.permission === 'default'
}
