import { UserError } from '@shared/userError'
import { plainPlan, wholeGroups, type Planner } from './planner'

/**
 * Howard & Ruder (2018), section 3.3: the head in the first epoch, then more blocks from the top down in each, and
 * everything in the last.
 * @throws UserError where there is one epoch only, in which nothing could be unfrozen
 */
export const planGradual: Planner<'gradual'> = ({ blocksAnEpoch }, context) => {
  const { epochs } = context
  if (epochs < 2)
    throw new UserError('Gradual unfreezing needs at least 2 epochs: the head trains alone in the first one.')
  const top = context.layers.length - 2
  return plainPlan(
    'gradual unfreezing',
    wholeGroups(context).map((group) => {
      if (group.layer === null) return group
      const opened = 1 + Math.floor((top - group.layer) / blocksAnEpoch)
      return { ...group, from: Math.min(opened, epochs - 1) }
    })
  )
}
