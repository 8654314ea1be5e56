import { plainPlan, wholeGroups, type Planner } from './planner'

/** Everything, from the first step on. */
export const planFull: Planner<'full'> = (_, context) => plainPlan('everything', wholeGroups(context))
