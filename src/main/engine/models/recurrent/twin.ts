import { createHash } from 'node:crypto'
import { seededRandom } from '@shared/random'
import { elementsOf, type Checkpoint } from '../../checkpoints/checkpoint'
import { floatArray } from '../../processes/largestArray'
import type { OpenedSystem } from './system'

/** Part of the identity of an untrained recurrent model: raised whenever a draw changes. */
export const twinVersion = 1

/**
 * The checkpoint with values as its network has them before training: shapes from the files, values from a seed. A
 * tensor's values depend on the seed, its name and its shape alone.
 */
export function twinCheckpoint(checkpoint: Checkpoint, draw: OpenedSystem['draw'], seed: number): Checkpoint {
  const read = (name: string): Float32Array => {
    const values = floatArray(elementsOf(checkpoint.describe(name).shape), `The tensor ${name}`)
    const how = draw(name)
    if ('constant' in how) return values.fill(how.constant)
    const random = seededRandom(createHash('sha256').update(`${seed} ${name}`).digest().readUInt32LE(0))
    for (let i = 0; i < values.length; i++) values[i] = (2 * random.next() - 1) * how.uniform
    return values
  }
  return {
    ...checkpoint,
    read,
    readInto: (name, target, first) => target.set(read(name).subarray(first, first + target.length))
  }
}
