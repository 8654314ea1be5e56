import { UserError } from '@shared/userError'
import { readWhole, type Checkpoint } from '../../checkpoints/checkpoint'
import { readConfig } from '../readConfig'
import { interpretConfig } from '../transformer/interpretConfig'
import type { ModelFolder } from './modelFolder'

/** Fields of config.json that are the number of blocks, of encoder or decoder. */
const counts = [
  'num_hidden_layers',
  'n_layer',
  'n_layers',
  'num_layers',
  'encoder_layers',
  'decoder_layers',
  'num_decoder_layers'
]
/** Fields that have an item for each block. */
const lists = ['layer_types', 'attention_layers', 'attention_window', 'layers_block_type', 'mlp_layer_types']

/** A config.json of some blocks of a model alone. @param layers blocks of the model */
export function configOfBlocks(
  json: Readonly<Record<string, unknown>>,
  layers: number,
  blocks: readonly number[]
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(json).map(([name, value]): [string, unknown] => {
      if (counts.includes(name) && typeof value === 'number')
        return [name, blocks.filter((block) => block < value).length]
      if (lists.includes(name) && Array.isArray(value) && value.length === layers)
        return [name, blocks.map((block) => value[block] as unknown)]
      return [name, value]
    })
  )
}

/**
 * A model of some blocks of another: its embeddings, these blocks in their order, and what is above them.
 * @param opened the whole model, whose checkpoint is closed with this one
 * @throws UserError where its config cannot say what these blocks compute, or where it has adapters
 */
export function someBlocks(opened: ModelFolder, blocks: readonly number[]): ModelFolder {
  const { config, configFolder, checkpoint } = opened
  const { layers } = config
  if (config.adapters)
    throw new UserError(
      'This model has adapters, so no student can be made of its blocks; open its base, or name a student (--student).'
    )
  const interpreted = interpretConfig(configOfBlocks(readConfig(configFolder), layers, blocks))
  const [made, wanted] = [interpreted.config.blocks, blocks.map((block) => config.blocks[block])].map((all) =>
    JSON.stringify(all)
  )
  if (made !== wanted)
    throw new UserError(
      `The blocks ${blocks.join(', ')} of this model cannot stand by themselves: what a block computes depends on ` +
        'its place, which config.json cannot say of these. Keep others, or name a student (--student).'
    )
  return { ...opened, ...interpreted, checkpoint: checkpointOfBlocks(checkpoint, layers, blocks) }
}

/** A checkpoint without the other blocks; those that stay are numbered from 0. */
function checkpointOfBlocks(stored: Checkpoint, layers: number, blocks: readonly number[]): Checkpoint {
  const sources = new Map<string, string>()
  for (const name of stored.names()) {
    const parts = name.split('.')
    const at = parts.findIndex((part) => /^\d+$/.test(part))
    const block = at < 0 ? null : Number(parts[at])
    const place = block === null || block >= layers ? block : blocks.indexOf(block)
    if (place === -1) continue
    sources.set(place === null ? name : parts.with(at, String(place)).join('.'), name)
  }
  const sourceOf = (name: string): string => sources.get(name) ?? name
  const describe: Checkpoint['describe'] = (name) => ({ ...stored.describe(sourceOf(name)), name })
  const readInto: Checkpoint['readInto'] = (name, target, first) => stored.readInto(sourceOf(name), target, first)
  return {
    path: stored.path,
    files: stored.files,
    bytes: stored.bytes,
    metadata: stored.metadata,
    notes: stored.notes,
    names: () => [...sources.keys()],
    has: (name) => sources.has(name),
    describe,
    read: (name) => readWhole({ describe, readInto }, name),
    readInto,
    close: () => stored.close()
  }
}
