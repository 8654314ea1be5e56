import { plainPlan, wholeGroups, type Planner } from './planner'

/** All of the student, from the first step on. */
export const planDistillation: Planner<'distillation'> = (_, context) => plainPlan('student', wholeGroups(context))

/** The blocks that a student keeps of a model with so many: one of every so many, the lowest of each. */
export function keptBlocks(layers: number, every: number): number[] {
  return Array.from({ length: Math.ceil(layers / every) }, (_, i) => i * every)
}
