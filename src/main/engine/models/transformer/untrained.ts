import { createHash } from 'node:crypto'
import { fillNormal, seededRandom } from '@shared/random'
import { elementsOf, type Checkpoint, type StoredTensor } from '../../checkpoints/checkpoint'
import { floatArray } from '../../processes/largestArray'
import type { TransformerConfig } from './config'
import type { ConfigReader } from './configReader'
import type { Draw, ModelFamily } from './family'
import type { WeightValues } from './weightReader'
import type { WeightRole } from './weightSource'

/** Part of the identity of an untrained model: raised whenever a draw changes. */
export const recipeVersion = 1

/** Names of the tensors that an untrained twin takes over from its checkpoint: tables that training leaves alone. */
export function storedTensors(checkpoint: Checkpoint, family: ModelFamily, reader: ConfigReader): string[] {
  const rules = family.untrained?.(reader) ?? []
  return checkpoint.names().filter((name) => rules.find(({ tensors }) => tensors.test(name))?.draw === 'stored')
}

/** Names of the deviation in configs, in the order the reference implementation looks for them, and its default. */
const deviationFields = ['initializer_range', 'init_std', 'initializer_factor']
const usualDeviation = 0.02

/**
 * Values as the family's reference implementation draws them before training (transformers, `_init_weights`): the
 * weights of an untrained twin, the control of Conneau et al. (2018, section 3) and Zhang & Bowman (2018, section 3). A
 * tensor's values depend on the seed, its name and its shape alone, so they are the same on every machine and backend.
 * @param checkpoint names and shapes are taken from it, values of no trained tensor
 */
export function untrainedValues(
  checkpoint: Checkpoint,
  family: ModelFamily,
  reader: ConfigReader,
  config: TransformerConfig,
  seed: number
): WeightValues {
  const rules = family.untrained?.(reader) ?? []
  const deviation = reader.number(deviationFields, usualDeviation)
  const usualDraw: Record<WeightRole, Draw> = {
    matrix: { deviation },
    embedding: { deviation },
    // Some families store the difference from 1.
    gain: { constant: 1 - config.norm.offset },
    bias: { constant: 0 }
  }
  return (tensor, role) => {
    const draw = rules.find(({ tensors }) => tensors.test(tensor.name))?.draw ?? usualDraw[role]
    return draw === 'stored' ? checkpoint.read(tensor.name) : drawn(tensor, draw, seed)
  }
}

function drawn({ name, shape }: StoredTensor, draw: Exclude<Draw, 'stored'>, seed: number): Float32Array {
  const values = floatArray(elementsOf(shape), `The tensor ${name}`)
  if ('constant' in draw) return values.fill(draw.constant)
  fillNormal(values, draw.deviation, seededRandom(seedOf(seed, name)), draw.cutoff)
  return values
}

function seedOf(seed: number, name: string): number {
  return createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0)
}
