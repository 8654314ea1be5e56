import { UserError } from '@shared/userError'
import { plainPlan, wholeGroups, type Planner } from './planner'

/** The head and the blocks above the frozen ones. @throws UserError where the model has fewer blocks */
export const planFrozen: Planner<'frozen'> = ({ blocks }, context) => {
  const { layers } = context.config
  if (blocks > layers)
    throw new UserError(`${blocks} blocks cannot be frozen: the model has ${layers}. Freeze at most ${layers}.`)
  return plainPlan('upper blocks', wholeGroups(context, blocks + 1))
}
