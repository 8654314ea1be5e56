import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { networkOperations, networkProbabilities, onRawVectors } from '../solvers/dense'
import { classNetworkSeconds } from './cost'
import { probeMethod, type TrainedProbe } from './method'
import { trainNetwork } from '../solvers/network'
import { NetworkInput } from '../solvers/networkInput'
import { betweenStarts } from './networkProbes'
import type { Standardisation } from '../solvers/standardise'

/**
 * A probe of gamma sum_l s_l h_l with s softmaxed (Peters et al. 2018, equation 1), of all layers from 0 up to the
 * probed one (Tenney et al. 2019, section 3). Every layer is centred and divided by one number, its root mean square
 * over the training items: its directions stay as they are, and a weight does not say how long a layer's vectors are.
 */
export const mixMethod = probeMethod('mix', {
  solver: 'scalar mix of layers below a softmax classifier, Adam with early stopping',
  reads: 'upTo',
  seconds: (size, options) => classNetworkSeconds(size, options.hidden, options),
  async fit({ data, labels, classes, options, seed, restart, job, onProgress }) {
    const input = await NetworkInput.load(data, evenly, job)
    try {
      const probes: TrainedProbe[] = []
      for (const [set, ids] of labels.entries()) {
        const shape = { hidden: options.hidden, activation: 'relu' as const, dropout: options.dropout }
        const seeds = { split: seed, start: seed + restart * betweenStarts }
        const trained = await trainNetwork(input, ids, data.sentences, classes, shape, options, seeds, job, (share) =>
          onProgress((set + share) / labels.length)
        )
        const { weights, gamma } = trained.mix ?? { weights: [1], gamma: 1 }
        const factors = input.standardisations.map(({ scale }, layer) => (gamma * weights[layer]!) / scale[0]!)
        const shift = Float64Array.from({ length: data.width }, (_, j) =>
          input.standardisations.reduce((sum, { mean }, layer) => sum + factors[layer]! * mean[j]!, 0)
        )
        const [first, ...rest] = trained.layers
        const network = [onRawVectors(first!, shift, new Float64Array(data.width).fill(1)), ...rest]
        probes.push({
          classes,
          network,
          operationsPerRow: networkOperations(network) + 2 * data.width * factors.length,
          probabilities: (layers) => networkProbabilities(network, weightedSum(layers, factors)),
          mixed: { factors, mix: { weights, gamma } },
          iterations: trained.epochs,
          converged: trained.converged,
          loss: trained.loss,
          dispose: () => undefined
        })
      }
      return probes
    } finally {
      input.dispose()
    }
  }
})

/** One scale for all features of a layer: the root mean square of its centred vectors' features. */
export function evenly({ mean, scale }: Standardisation): Standardisation {
  const square = scale.reduce((sum, value) => sum + value ** 2, 0) / scale.length
  return { mean, scale: new Float64Array(scale.length).fill(Math.sqrt(square)) }
}

function weightedSum(layers: readonly Tensor2D[], factors: readonly number[]): Tensor2D {
  return layers.map((layer, l) => tf.mul(layer, factors[l]!) as Tensor2D).reduce((sum, term) => tf.add(sum, term))
}
