import { UserError } from '@shared/userError'
import { plainPlan, wholeGroups, type Planner } from './planner'

/** Biases, those of norms too, and the head. @throws UserError for a model without biases */
export const planBitfit: Planner<'bitfit'> = (_, context) => {
  const biases = context.layers.map((names) => names.filter((name) => name.endsWith('bias')))
  if (biases.every((names) => names.length === 0))
    throw new UserError('This model has no biases, so BitFit has nothing to train; choose another method.')
  return plainPlan('biases', wholeGroups({ ...context, layers: biases }))
}
