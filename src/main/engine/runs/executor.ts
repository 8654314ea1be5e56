import type { RunFolder } from './runFolder'
import type { RunPlan } from './plan'

/**
 * What is known of a task. `gone` says nothing of how it ended: only its units do. `stuck` never starts by itself.
 */
export type TaskState = 'waiting' | 'running' | 'gone' | 'stuck'

/** A task to start, and how many times the planned memory it gets. */
export interface TaskStart {
  task: number
  memory: number
}

/** What starts a run's tasks somewhere. It remembers nothing: every answer is from the place itself. */
export interface Executor {
  /** As `--on` names it. */
  id: string
  /** One line for people. */
  title: string
  /** How often it is asked, in milliseconds, for so many tasks. */
  pollEvery(tasks: number): number
  /**
   * Whether the plan can run there.
   * @returns what the place says about it, as sentences
   * @throws UserError where it cannot
   */
  check(plan: RunPlan): Promise<string[]>
  /**
   * Starts tasks, or as many as there is room for.
   * @returns those that it started
   * @throws UserError where the place refuses them for good; ExecutorSilent where it does not answer now
   */
  submit(run: RunFolder, tasks: readonly TaskStart[]): Promise<number[]>
  /** Tasks that are not in it are gone. @throws ExecutorSilent where the place does not answer now */
  states(run: RunFolder): Promise<Map<number, TaskState>>
  /** Ends tasks, or all of the run. */
  cancel(run: RunFolder, tasks?: readonly number[]): Promise<void>
  /** The file with a task's output, the newest one; null where there is none. */
  log(run: RunFolder, task: number): string | null
}

/** The place does not answer now: it is asked again later. */
export class ExecutorSilent extends Error {
  override readonly name = 'ExecutorSilent'
}
