import { basename } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { activeKernels } from '../../../backends/activeKernels'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { KnownWordTokenizer } from '../../../tokenizers/knownWordTokenizer'
import { planTensors } from '../../memory/memoryPlan'
import { torchLstm, torchNames, type LstmLayer } from '../lstm'
import { NamedWeights } from '../namedWeights'
import { LstmStack } from '../stack'
import type { LoadedNetwork, OpenedSystem } from '../system'
import { findTorch, folderOf, nameAt } from '../torchFiles'
import { readWordTable, vectorsIn } from '../wordTable'

/** A bidirectional LSTM of PyTorch over word vectors: what CoVe and InferSent have in common. */
export interface OverVectors {
  /** Before the names of torch.nn.LSTM's tensors. */
  prefix: string
  /** Whether a word without a vector takes part as zeros. */
  unknown: boolean
  /** Pairs of words that may begin and end every sentence, the usual one of this file first; none: no markers. */
  markers(file: string): readonly (readonly [string, string])[]
  /** The word vectors it was trained with. */
  usualVectors: string
}

/** @throws UserError where the weights are there, and something else is missing */
export async function recogniseOverVectors(path: string, system: OverVectors): Promise<OpenedSystem | null> {
  const first = torchNames(system.prefix, 0, 'backward')
  const opened = findTorch(path, (checkpoint) => checkpoint.has(first.wi) && checkpoint.has(first.wh))
  if (!opened) return null
  const { checkpoint } = opened
  try {
    const folder = folderOf(path)
    const width = checkpoint.describe(first.wi).shape[1]
    const hidden = checkpoint.describe(first.wh).shape[1]
    if (width === undefined || hidden === undefined)
      throw new UserError(`${basename(checkpoint.path)} has a '${first.wi}' that is not a matrix.`)
    const vectors = await vectorsIn(folder, width, system.usualVectors)
    return {
      path,
      name: nameAt(path, checkpoint),
      folder,
      checkpoint,
      settings: [vectors],
      plan: planTensors(checkpoint),
      // torch.nn.LSTM draws all of its tensors so.
      draw: () => ({ uniform: 1 / Math.sqrt(hidden) }),
      load: (stored, job) => load(stored, system, { width, hidden, vectors }, job)
    }
  } catch (error) {
    checkpoint.close()
    throw error
  }
}

async function load(
  checkpoint: Checkpoint,
  system: OverVectors,
  { width, hidden, vectors }: { width: number; hidden: number; vectors: string },
  job: JobHandle
): Promise<LoadedNetwork> {
  const file = basename(checkpoint.path)
  const weights = new NamedWeights(checkpoint, activeKernels(), file)
  const table = await readWordTable(vectors, job)
  const choices = system.markers(file)
  const markers = choices.find((pair) => pair.every((marker) => table.words.find(marker) >= 0)) ?? null
  if (choices.length > 0 && markers === null)
    throw new UserError(
      `${basename(vectors)} has no vectors for ${choices.map((pair) => pair.join(' and ')).join(', or ')}, the ` +
        'markers that begin and end every sentence of this network.'
    )
  const layers: LstmLayer[] = []
  for (let layer = 0; weights.has(torchNames(system.prefix, layer, 'forward').wi); layer++) {
    const inputs = layer === 0 ? width : 2 * hidden
    layers.push({
      directions: (['forward', 'backward'] as const).map((direction) => ({
        direction,
        weights: torchLstm(weights, torchNames(system.prefix, layer, direction), { inputs, hidden })
      })),
      separate: false,
      skip: false
    })
  }
  return {
    network: new LstmStack({
      layers,
      inputWidth: width,
      embed: ({ ids }) => table.rows(ids),
      head: null,
      causal: false,
      holds: [],
      bytesBeside: table.bytes
    }),
    tokenizer: new KnownWordTokenizer(table.words, { unknown: system.unknown, markers }),
    noTokenizer: '',
    notes: [...table.notes],
    unread: weights.unread()
  }
}
