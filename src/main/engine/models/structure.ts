import type { JobHandle } from '@shared/jobs'
import type { ModelStructure, TensorStatistics } from '@shared/structure'
import { legible, UserError } from '@shared/userError'
import { elementBytes, elementsOf, type Checkpoint } from '../checkpoints/checkpoint'

/** Bins of a histogram. */
const bins = 48

/** Numbers of a tensor that are in memory at once. */
const pieceLength = 1 << 20

/**
 * The tensors of a checkpoint; no value is read.
 * @param layers blocks of the model: a smaller number in a tensor's name is that of its block
 */
export function structureOf(checkpoint: Checkpoint, layers: number): ModelStructure {
  return {
    tensors: checkpoint.names().map((name) => {
      const { dtype, shape } = checkpoint.describe(name)
      const parameters = elementsOf(shape)
      return {
        name,
        type: dtype,
        shape: [...shape],
        parameters,
        bytes: parameters * elementBytes[dtype],
        block: blockIn(name, layers)
      }
    })
  }
}

/** The first whole part of a name that is the number of a block: 'encoder.layer.3.output.dense.weight' is of 3. */
function blockIn(name: string, layers: number): number | null {
  const numbers = name.split(/[./_]/).filter((part) => /^\d+$/.test(part))
  return numbers.map(Number).find((number) => number < layers) ?? null
}

/**
 * Norm, moments and histogram of a tensor's values, exact; a piece of it is in memory at a time, twice.
 * @throws UserError where the checkpoint has no such tensor
 */
export async function tensorStatistics(
  checkpoint: Pick<Checkpoint, 'path' | 'has' | 'describe' | 'readInto'>,
  name: string,
  job: JobHandle
): Promise<TensorStatistics> {
  if (!checkpoint.has(name))
    throw new UserError(
      `${checkpoint.path} has no tensor '${legible(name)}'; layerscope info MODEL --tensors lists them.`
    )
  const length = elementsOf(checkpoint.describe(name).shape)
  async function eachPiece(visit: (values: Float32Array) => void, from: number): Promise<void> {
    for (let first = 0; first < length; first += pieceLength) {
      job.progress(from + first / Math.max(1, length) / 2, 1, name)
      const piece = new Float32Array(Math.min(pieceLength, length - first))
      checkpoint.readInto(name, piece, first)
      visit(piece)
      await job.yield()
    }
  }
  let [zeros, notFinite, sum, squares, smallest, largest] = [0, 0, 0, 0, Infinity, -Infinity]
  await eachPiece((values) => {
    for (const value of values) {
      if (!Number.isFinite(value)) {
        notFinite += 1
        continue
      }
      if (value === 0) zeros += 1
      sum += value
      squares += value * value
      if (value < smallest) smallest = value
      if (value > largest) largest = value
    }
  }, 0)
  const finite = length - notFinite
  const mean = finite > 0 ? sum / finite : 0
  const width = (largest - smallest) / bins
  const histogram = new Array<number>(bins).fill(0)
  let spread = 0
  await eachPiece((values) => {
    for (const value of values) {
      if (!Number.isFinite(value)) continue
      spread += (value - mean) ** 2
      const bin = width > 0 ? Math.min(bins - 1, Math.floor((value - smallest) / width)) : 0
      histogram[bin]! += 1
    }
  }, 0.5)
  return {
    name,
    count: length,
    zeros,
    notFinite,
    norm: Math.sqrt(squares),
    mean,
    deviation: finite > 0 ? Math.sqrt(spread / finite) : 0,
    smallest: finite > 0 ? smallest : 0,
    largest: finite > 0 ? largest : 0,
    histogram
  }
}
