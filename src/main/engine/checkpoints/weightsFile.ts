import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import type { Checkpoint } from './checkpoint'
import { openSafetensors } from './safetensors'
import { openSharded } from './sharded'
import { openTorch } from './torchCheckpoint'

const wholeFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'
const torchFile = 'pytorch_model.bin'
const torchIndexFile = 'pytorch_model.bin.index.json'
/** Lies beside weights without being any: what PyTorch computed with them (docs/parity.md). */
const referenceFile = 'expected.safetensors'

/**
 * Opens a folder's weights: the file that was chosen, otherwise model.safetensors, otherwise the pieces its index
 * lists, otherwise the only .safetensors file there is, otherwise pytorch_model.bin or its pieces.
 * @throws UserError saying what the folder has instead
 */
export function openWeights(folder: string, chosen: string): Checkpoint {
  if (/\.(safetensors|bin)\.index\.json$/.test(chosen)) return openSharded(resolve(chosen))
  if (!isPiece(chosen)) {
    if (chosen.endsWith('.safetensors')) return openSafetensors(resolve(chosen))
    if (/\.(bin|pt|pth)$/.test(chosen)) return openTorch(resolve(chosen))
  }
  const at = (file: string): string => join(folder, file)
  if (existsSync(at(wholeFile))) return openSafetensors(at(wholeFile))
  if (existsSync(at(indexFile))) return openSharded(at(indexFile))
  const files = readdirSync(folder)
  const candidates = files.filter((file) => file.endsWith('.safetensors') && file !== referenceFile)
  if (candidates.length === 1 && !isPiece(candidates[0]!)) return openSafetensors(at(candidates[0]!))
  if (existsSync(at(torchFile))) return openTorch(at(torchFile))
  if (existsSync(at(torchIndexFile))) return openSharded(at(torchIndexFile))
  const pieces = [...candidates, ...files.filter((file) => file.endsWith('.bin'))].filter(isPiece)
  if (pieces.length)
    throw new UserError(
      `${folder} has weights in pieces but no ${pieces[0]!.endsWith('.bin') ? torchIndexFile : indexFile}, which says what lies in which; download it too.`
    )
  if (candidates.length > 1)
    throw new UserError(
      `${folder} has ${candidates.length} .safetensors files and none is called ${wholeFile}. Choose a single one.`
    )
  throw new UserError(`${folder} has a config.json but neither ${wholeFile} nor ${torchFile} with the weights.`)
}

function isPiece(file: string): boolean {
  return /-\d{5}-of-\d{5}\.(safetensors|bin)$/.test(file)
}
