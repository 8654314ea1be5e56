import { existsSync, readdirSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { legible, quoted, UserError } from '@shared/userError'
import { keptOpen } from '../files/keptOpen'
import type { Checkpoint } from './checkpoint'
import { openSafetensors } from './safetensors'
import { openSharded } from './sharded'
import { openTorch } from './torchCheckpoint'
import { unwrapped } from './unwrapped'

const wholeFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'
const torchFile = 'pytorch_model.bin'
const torchIndexFile = 'pytorch_model.bin.index.json'
/** Weights in Hugging Face's layout: any of these makes a folder one. */
export const usualWeights: readonly string[] = [wholeFile, indexFile, torchFile, torchIndexFile]
/** Files next to weights that are not weights: PyTorch's values for them (docs/parity.md), adapters and heads. */
const besides: readonly string[] = ['expected.safetensors', 'adapter_model.safetensors', 'layerscope_head.safetensors']

/**
 * Opens a folder's weights: the file that was chosen, otherwise model.safetensors, otherwise the pieces its index
 * lists, otherwise the only .safetensors file there is, otherwise pytorch_model.bin or its pieces.
 * @throws UserError saying what the folder has instead
 */
export function openWeights(folder: string, chosen: string): Checkpoint {
  return keptOpen(openStored(folder, chosen), (checkpoint) => unwrapped(refuseUnreadable(checkpoint)))
}

/** Names that quantising programs give to the parts of a matrix, and the program (or its kind). */
const quantised: readonly [RegExp, string][] = [
  [/\.g_idx$/, 'GPTQ'],
  [/\.qweight$/, 'GPTQ or AWQ'],
  [/\.(absmax|quant_map|quant_state\..*|SCB)$/, 'bitsandbytes'],
  [/\.(weight_packed|weight_scale)$/, 'compressed-tensors']
]

/** @throws UserError if there are no weights, or none that can be run */
function refuseUnreadable(checkpoint: Checkpoint): Checkpoint {
  const names = checkpoint.names()
  const file = basename(checkpoint.path)
  if (!names.length) throw new UserError(`${file} holds no tensors; save or download the checkpoint again.`)
  for (const [pattern, program] of quantised) {
    const name = names.find((candidate) => pattern.test(candidate))
    if (name !== undefined)
      throw new UserError(
        `${file} holds quantised weights (${program}: '${legible(name)}'). Layerscope reads weights as F32, F16 or ` +
          'BF16; open the checkpoint that this one was made from.'
      )
  }
  const adapter = names.find((name) => /\.lora_[AB]\./.test(name))
  if (adapter !== undefined)
    throw new UserError(
      `${file} holds an adapter (LoRA: '${legible(adapter)}'), not a model. Merge it in Python ` +
        '(model.merge_and_unload(), then save_pretrained(folder)) and open that folder.'
    )
  return checkpoint
}

function openStored(folder: string, chosen: string): Checkpoint {
  if (/\.(safetensors|bin)\.index\.json$/.test(chosen)) return openSharded(resolve(chosen))
  if (!isPiece(chosen)) {
    if (chosen.endsWith('.safetensors')) return openSafetensors(resolve(chosen))
    if (/\.(bin|pt|pth)$/.test(chosen)) return openTorch(resolve(chosen))
  }
  const at = (file: string): string => join(folder, file)
  if (existsSync(at(wholeFile))) return openSafetensors(at(wholeFile))
  if (existsSync(at(indexFile))) return openSharded(at(indexFile))
  const files = readdirSync(folder)
  const candidates = files.filter((file) => file.endsWith('.safetensors') && !besides.includes(file))
  if (candidates.length === 1 && !isPiece(candidates[0]!)) return openSafetensors(at(candidates[0]!))
  if (existsSync(at(torchFile))) return openTorch(at(torchFile))
  if (existsSync(at(torchIndexFile))) return openSharded(at(torchIndexFile))
  const pieces = [...candidates, ...files.filter((file) => file.endsWith('.bin'))].filter(isPiece)
  if (pieces.length)
    throw new UserError(
      `${folder} has weights in pieces but no ${pieces[0]!.endsWith('.bin') ? torchIndexFile : indexFile}, ` +
        'which says which tensor is in which file; download it too.'
    )
  if (candidates.length > 1)
    throw new UserError(
      `${folder} has ${candidates.length} .safetensors files and none is called ${wholeFile}. Choose a single one.`
    )
  const strange = files.find((file) => /\.(gguf|h5|msgpack|ckpt\.index|onnx|pb)$/.test(file))
  if (strange !== undefined)
    throw new UserError(
      `${folder} has a config.json but its weights, ${quoted(strange, 80)}, are in a format that Layerscope does not ` +
        `read. Open the checkpoint as ${wholeFile} or ${torchFile}.`
    )
  throw new UserError(`${folder} has a config.json but neither ${wholeFile} nor ${torchFile} with the weights.`)
}

function isPiece(file: string): boolean {
  return /-\d{5}-of-\d{5}\.(safetensors|bin)$/.test(file)
}
