import type { Codelength } from '@shared/probe'
import type { ProbeKind } from '@shared/probeMethods'
import { networkSeconds, type TrainingSize } from '../methods/cost'
import type { FitRequest } from '../methods/method'
import { holdOut, trainByAdam } from '../solvers/minibatches'
import { NetworkInput } from '../solvers/networkInput'
import { VariationalNetwork } from '../solvers/variationalNetwork'

/** Two trainings one after the other: the second, slower one lets the noise of the first average out. */
const stages = [
  { learningRate: 0.01, steps: 3000 },
  { learningRate: 0.001, steps: 1000 }
]
const batch = 64
/** Every item is coded, so none is held out, and nothing ends a training early. */
const untilTheEnd = { batch, patience: 1, annealing: 1, heldOut: 0, weightDecay: 0 }
const fewestPasses = 5

/** Times that all labels are coded, each with noise drawn again; the mean is the expected length. */
const draws = 4

/** Items coded at once. */
const measured = 1024

/** Steps of a plain network that one takes: parameters and products are twice as many, and noise is drawn. */
const stepsOfNetwork = 2

/** Passes over the items that a stage makes. */
function passes(steps: number, items: number): number {
  return Math.max(fewestPasses, Math.ceil(steps / Math.ceil(items / batch)))
}

/** Seconds of measuring it on one layer, that of the control task included. */
export function variationalSeconds(size: TrainingSize, hidden: readonly number[]): number {
  const all = stages.reduce((sum, { steps }) => sum + passes(steps, size.trainWords), 0)
  const networks = size.control ? 2 : 1
  const pass = networkSeconds(size, [...hidden, size.classes], { epochs: 1, batch }, size.trainWords, networks)
  return stepsOfNetwork * all * pass
}

/**
 * Variational codelength of the training labels, Voita & Titov 2020, section 2.2.1: -E[log2 p(labels)] under the
 * posterior of a probe by Bayesian compression (variationalNetwork.ts), plus the posterior's divergence from the prior,
 * KL / ln 2, all in bits. The probe is trained on all items, by Adam on that very sum; the control task's by the same
 * recipe. The seed decides starting values, order and noise.
 * @param hidden sizes of the hidden layers
 */
export async function variationalCodelength(
  { data, labels, classes, seed, job }: Omit<FitRequest<ProbeKind>, 'options'>,
  hidden: readonly number[],
  onProgress: (share: number) => void
): Promise<Codelength> {
  const input = await NetworkInput.load(data, (standardisation) => standardisation, job)
  try {
    const items = Int32Array.from(data.rows, (_, i) => i)
    const uniformBits = items.length * Math.log2(classes)
    const lengths: { data: number; parameters: number; bits: number }[] = []
    for (const [set, ids] of labels.entries()) {
      const network = new VariationalNetwork(input.vectors, ids, classes, hidden, seed)
      for (const [stage, { learningRate, steps }] of stages.entries())
        await trainByAdam(
          network,
          holdOut(data.sentences, 0, seed),
          { ...untilTheEnd, learningRate, epochs: passes(steps, items.length) },
          seed + stage,
          job,
          (share) => onProgress((set + (stage + share) / stages.length) / labels.length)
        )
      let nats = 0
      for (let draw = 0; draw < draws; draw++) {
        for (let from = 0; from < items.length; from += measured) {
          const chunk = items.subarray(from, from + measured)
          nats += (network.loss(chunk) * chunk.length) / draws
          await job.yield()
        }
      }
      const [labelBits, parameters] = [nats / Math.LN2, network.divergence() / Math.LN2]
      lengths.push({ data: labelBits, parameters, bits: labelBits + parameters })
    }
    const [real, control] = lengths
    return {
      bits: real!.bits,
      uniformBits,
      compression: uniformBits / real!.bits,
      ...(control && { control: { bits: control.bits, compression: uniformBits / control.bits } }),
      portions: [],
      variational: { labelBits: real!.data, parameterBits: real!.parameters }
    }
  } finally {
    input.dispose()
  }
}
