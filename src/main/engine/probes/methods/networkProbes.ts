import type { ProbeKind, TrainingOptions } from '@shared/probeMethods'
import { merged, networkOperations, networkProbabilities, onRawVectors, type DenseLayer } from '../solvers/dense'
import type { FitRequest, TrainedProbe } from './method'
import { trainNetwork, type NetworkShape } from '../solvers/network'
import { NetworkInput } from '../solvers/networkInput'

/** Random starts lie this far apart, so that the seeds of two runs do not share any. */
export const betweenStarts = 7919

/**
 * A feed-forward probe of one layer for every label set, each standardised feature by feature and trained by the same
 * recipe.
 */
export async function fitNetworks(
  { data, labels, classes, seed, restart, job, onProgress }: Omit<FitRequest<ProbeKind>, 'options'>,
  shape: NetworkShape,
  training: TrainingOptions
): Promise<TrainedProbe[]> {
  const input = await NetworkInput.load(data, (measured) => measured, job)
  try {
    const probes: TrainedProbe[] = []
    for (const [set, ids] of labels.entries()) {
      const seeds = { split: seed, start: seed + restart * betweenStarts }
      const trained = await trainNetwork(input, ids, data.sentences, classes, shape, training, seeds, job, (share) =>
        onProgress((set + share) / labels.length)
      )
      const { mean, scale } = input.standardisations[0]!
      const [first, ...rest] = trained.layers
      const raw = [onRawVectors(first!, mean, scale), ...rest]
      const network = shape.activation === 'none' ? [raw.reduce(merged)] : raw
      probes.push({
        ...asProbe(network, classes),
        iterations: trained.epochs,
        converged: trained.converged,
        loss: trained.loss
      })
    }
    return probes
  } finally {
    input.dispose()
  }
}

/** How a network over raw vectors of one layer answers. */
export function asProbe(
  network: DenseLayer[],
  classes: number
): Pick<TrainedProbe, 'classes' | 'operationsPerRow' | 'probabilities' | 'network' | 'dispose'> {
  return {
    classes,
    network,
    operationsPerRow: networkOperations(network),
    probabilities: ([x]) => networkProbabilities(network, x!),
    dispose: () => undefined
  }
}
