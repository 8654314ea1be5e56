import { plainPlan, type AdaptPlan, type Planner } from './planner'

/** Everything of a BiLSTM and its head, from the first step on and at one rate. */
export function bilstmPlan(parameters: readonly string[], epochs: number): AdaptPlan {
  return plainPlan('student', [{ name: 'BiLSTM', layer: null, parameters, from: 0, to: epochs }])
}

export const planBilstm: Planner<'bilstm'> = (_, { head, epochs }) => bilstmPlan(head, epochs)
