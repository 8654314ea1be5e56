import { plainPlan, type Planner } from './planner'

/** The head alone, with the mix of layers where it reads one. */
export const planFeatures: Planner<'features'> = ({ reads }, { config, head, epochs }) => {
  const mix = reads === 'mix' ? ['mix.weights', 'mix.gamma'] : []
  const plan = plainPlan('head', [{ name: 'head', layer: null, parameters: [...head, ...mix], from: 0, to: epochs }])
  if (reads === 'last') return plan
  return {
    ...plan,
    newParameters: [
      { name: 'mix.weights', shape: [config.layers + 1], deviation: 0 },
      { name: 'mix.gamma', shape: [1], deviation: null }
    ]
  }
}
