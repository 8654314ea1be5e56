import type { CallOutput, CallParsed, EngineCallName } from '@shared/contract'
import type { JobHandle, JobKind, JobSubject } from '@shared/jobs'

/** A call's input without the id that the window chose for its job. */
export type JobInput<N extends EngineCallName> = Omit<CallParsed<N>, 'jobId'>

/** A call that runs as a job. */
export interface JobCall<Input, Output> {
  kind: JobKind | ((input: Input) => JobKind)
  /** Whether it takes its turn in the queue, or starts at once because a person waits for it. */
  queued: boolean
  /** Whether the queue makes no step while it runs. */
  first?: boolean | undefined
  title(input: Input): string
  /** Left out where the fields of the input say it. */
  subject?(input: Input): JobSubject
  run(input: Input, job: JobHandle): Promise<Output>
}

/** Calls that run as jobs, by name. */
export type JobCallTable = { [N in EngineCallName]?: JobCall<JobInput<N>, CallOutput<N>> }

/** Heavy work: it waits for what was asked for before it, and is kept until it is done. */
export function queued<Input, Output>(
  kind: JobKind,
  title: string | ((input: Input) => string),
  run: (input: Input, job: JobHandle) => Promise<Output>
): JobCall<Input, Output> {
  return { kind, queued: true, title: typeof title === 'string' ? () => title : title, run }
}

/** Light work, or work that a person waits for: it starts at once. */
export function atOnce<Input, Output>(
  kind: JobKind,
  title: string | ((input: Input) => string),
  run: (input: Input, job: JobHandle) => Promise<Output>
): JobCall<Input, Output> {
  return { ...queued(kind, title, run), queued: false }
}
