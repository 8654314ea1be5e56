import type { JobStatus } from '../../src/shared/jobs'

/** A running probe of the queue. */
export function jobStatus(changes: Partial<JobStatus> = {}): JobStatus {
  return {
    id: 'a',
    kind: 'probe',
    title: 'Probing',
    subject: {},
    call: 'probe.run',
    key: null,
    queued: true,
    rank: 1,
    state: 'running',
    done: 1,
    total: 4,
    message: '',
    createdAt: 1,
    startedAt: 1,
    secondsLeft: null,
    ...changes
  }
}
