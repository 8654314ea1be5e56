import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../../../checkpoints/checkpoint'
import { openNumpyParts } from '../../../checkpoints/numpyParts'
import { readNamedJson } from '../../../files/namedFile'
import { releasedGptNames } from '../../../tokenizers/slow/openaiGpt'
import type { ReleaseLayout } from '../layout'
import { blockCount, extent, headsOf } from '../shapes'

/** Shapes of the tensors, in the order in which the arrays hold them. */
export const gptShapesFile = 'params_shapes.json'

/** Names of a block's tensors, in their order, and of those before all blocks. */
const blockNames = ['attn.c_attn', 'attn.c_proj', 'ln_1', 'mlp.c_fc', 'mlp.c_proj', 'ln_2'].flatMap((name) => [
  `${name}.weight`,
  `${name}.bias`
])
const names = ['positions_embed.weight', 'tokens_embed.weight']

/** The first GPT as openai/finetune-transformer-lm has it: ten arrays, and a list of shapes. */
export const gptLayout: ReleaseLayout = {
  title: 'GPT of openai/finetune-transformer-lm',
  recognises: (has) => has('transformer.positions_embed.weight'),
  configNames: [],
  config({ stored, stated }) {
    const width = extent(stored, 'transformer.tokens_embed.weight', 1)
    return {
      model_type: 'openai-gpt',
      vocab_size: extent(stored, 'transformer.tokens_embed.weight', 0),
      n_positions: extent(stored, 'transformer.positions_embed.weight', 0),
      n_embd: width,
      n_layer: blockCount(stored, 'transformer.h.{i}.ln_1.weight'),
      n_head: headsOf(width, stated?.['n_head'], 'sizes.json ({"n_head": 12})'),
      afn: stated?.['afn'] ?? 'gelu'
    }
  },
  rules: () => [],
  tokenizer: { config: { model_type: 'openai-gpt' }, settings: {} },
  tokenizerFiles: releasedGptNames,
  // The family reads its "gelu" as the tanh form.
  geluField: null
}

export function isGptRelease(folder: string): boolean {
  return existsSync(join(folder, gptShapesFile)) && existsSync(join(folder, 'params_0.npy'))
}

/** @throws UserError where the shapes are not those of a GPT, or an array is damaged */
export function openGptRelease(folder: string): Checkpoint {
  const shapes = readNamedJson(join(folder, gptShapesFile))
  const isShape = (shape: unknown): shape is number[] =>
    Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)
  if (!Array.isArray(shapes) || !shapes.every(isShape) || (shapes.length - names.length) % blockNames.length !== 0)
    throw new UserError(`${join(folder, gptShapesFile)} does not list the shapes of a GPT's tensors.`)
  const paths = readdirSync(folder)
    .map((file) => /^params_(\d+)\.npy$/.exec(file)?.[1])
    .filter((number) => number !== undefined)
    .map(Number)
    .sort((a, b) => a - b)
    .map((number) => join(folder, `params_${number}.npy`))
  const blocks = (shapes.length - names.length) / blockNames.length
  const all = [...names, ...Array.from({ length: blocks }, (_, i) => blockNames.map((name) => `h.${i}.${name}`)).flat()]
  return openNumpyParts(
    paths,
    // Matrices have an axis of 1 in front.
    all.map((name, i) => ({
      name: `transformer.${name}`,
      shape: shapes[i]!.length === 3 ? shapes[i]!.slice(1) : shapes[i]!
    }))
  )
}
