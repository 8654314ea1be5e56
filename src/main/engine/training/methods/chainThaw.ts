import { wholeGroups, type Planner } from './planner'

/** Felbo et al. (2017), section 3.3: the head, then each layer by itself from the bottom up, then everything. */
export const planChainThaw: Planner<'chainThaw'> = (_, context) => {
  const groups = wholeGroups(context)
  return {
    adaptation: null,
    newParameters: [],
    stages: [...groups.map((group) => ({ name: group.name, groups: [group] })), { name: 'everything', groups }]
  }
}
