import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { UserError } from '@shared/userError'
import { openSafetensors, type Checkpoint } from './safetensors'
import { openSharded } from './sharded'

const wholeFile = 'model.safetensors'
const indexFile = 'model.safetensors.index.json'

/**
 * Opens a folder's weights: the file that was chosen, otherwise model.safetensors, otherwise the pieces its index
 * lists, otherwise the only .safetensors file there is.
 * @throws UserError saying what the folder has instead
 */
export function openWeights(folder: string, chosen: string): Checkpoint {
  if (chosen.endsWith('.safetensors.index.json')) return openSharded(resolve(chosen))
  if (chosen.endsWith('.safetensors') && !isPiece(chosen)) return openSafetensors(resolve(chosen))
  const whole = join(folder, wholeFile)
  if (existsSync(whole)) return openSafetensors(whole)
  const index = join(folder, indexFile)
  if (existsSync(index)) return openSharded(index)
  const files = readdirSync(folder)
  const candidates = files.filter((file) => file.endsWith('.safetensors'))
  if (candidates.some(isPiece))
    throw new UserError(
      `${folder} has weights in pieces but no ${indexFile}, which says what lies in which; download it too.`
    )
  if (candidates.length === 1) return openSafetensors(join(folder, candidates[0]!))
  if (candidates.length > 1)
    throw new UserError(
      `${folder} has ${candidates.length} .safetensors files and none is called ${wholeFile}. Choose a single one.`
    )
  if (files.some((file) => file.endsWith('.bin'))) {
    throw new UserError(
      `${folder} has its weights as pytorch_model.bin; save them as safetensors (in Python: model.save_pretrained(folder)) and open the folder again.`
    )
  }
  throw new UserError(`${folder} has a config.json but no .safetensors file with the weights.`)
}

function isPiece(file: string): boolean {
  return /-\d{5}-of-\d{5}\.safetensors$/.test(file)
}
