import { classNetworkSeconds } from './cost'
import { probeMethod } from './method'
import { fitNetworks } from './networkProbes'

/**
 * A linear probe W = U V through `rank` dimensions, as the complexity control of Hewitt & Liang (2019, section 4.1).
 */
export const lowRankMethod = probeMethod('lowRank', {
  solver: 'linear probe of bounded rank, Adam with early stopping',
  seconds: (size, options) => classNetworkSeconds(size, options.ranks.slice(-1), options),
  fit: (request) =>
    fitNetworks(request, { hidden: request.options.ranks.slice(-1), activation: 'none', dropout: 0 }, request.options)
})
