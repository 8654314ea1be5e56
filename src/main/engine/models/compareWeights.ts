import type { JobHandle } from '@shared/jobs'
import type { TensorNames, WeightDifferences } from '@shared/model'
import { UserError } from '@shared/userError'
import { elementsOf, type Checkpoint } from '../checkpoints/checkpoint'

/** Names that are listed; the others are counted. */
export const mostNames = 500

/** Numbers of a tensor that are in memory at once, of each model. */
const pieceLength = 1 << 20

/**
 * Which tensors of two checkpoints differ: in any bit of any value as a 32-bit number, or in shape. Exact; a piece of a
 * tensor is in memory at a time.
 * @param canonical a tensor's name without the prefix that some checkpoints of a family put before it
 * @throws UserError where they have no tensor in common
 */
export async function compareWeights(
  model: Checkpoint,
  base: Checkpoint,
  job: JobHandle,
  canonical: (name: string) => string = (name) => name
): Promise<WeightDifferences> {
  const inBase = new Map(base.names().map((name) => [canonical(name), name]))
  const pairs = model.names().flatMap((name) => {
    const theirs = inBase.get(canonical(name))
    return theirs === undefined ? [] : [{ name, theirs }]
  })
  if (pairs.length === 0)
    throw new UserError('The two models have no tensor in common; compare models of one family and size.')
  const shared = new Set(pairs.map(({ name }) => canonical(name)))
  const changed: string[] = []
  for (const [done, { name, theirs }] of pairs.entries()) {
    job.progress(done, pairs.length, 'Comparing the weights')
    if (await differs(model, name, base, theirs, job)) changed.push(name)
  }
  return {
    compared: pairs.length,
    changed: listed(changed),
    added: listed(model.names().filter((name) => !shared.has(canonical(name)))),
    removed: listed(base.names().filter((name) => !shared.has(canonical(name))))
  }
}

async function differs(a: Checkpoint, name: string, b: Checkpoint, theirs: string, job: JobHandle): Promise<boolean> {
  const shape = a.describe(name).shape
  if (shape.join() !== b.describe(theirs).shape.join()) return true
  const length = elementsOf(shape)
  for (let first = 0; first < length; first += pieceLength) {
    const [mine, other] = [0, 1].map(() => new Float32Array(Math.min(pieceLength, length - first)))
    a.readInto(name, mine!, first)
    b.readInto(theirs, other!, first)
    if (Buffer.compare(bytes(mine!), bytes(other!)) !== 0) return true
    await job.yield()
  }
  return false
}

function bytes({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

function listed(names: readonly string[]): TensorNames {
  return { count: names.length, names: names.slice(0, mostNames) }
}
