import { classNetworkSeconds } from './cost'
import { probeMethod } from './method'
import { fitNetworks } from './networkProbes'

/**
 * A perceptron with one or two hidden layers of rectified units; as in Hewitt & Liang (2019), who use one, and Voita &
 * Titov (2020), who use two.
 */
export const mlpMethod = probeMethod('mlp', {
  solver: 'multi-layer perceptron, Adam with early stopping',
  seconds: (size, options) => classNetworkSeconds(size, options.hidden, options),
  fit: (request) =>
    fitNetworks(
      request,
      { hidden: request.options.hidden, activation: 'relu', dropout: request.options.dropout },
      request.options
    )
})
