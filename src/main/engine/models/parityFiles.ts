import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The two files that make a reference (docs/parity.md): what went in, and what PyTorch computed. */
export const inputsFile = 'inputs.json'
export const expectedFile = 'expected.safetensors'

/** Every tensor of a release by its name there, to be read exactly. */
export const tensorsFile = 'tensors.safetensors'

export function hasTensors(folder: string): boolean {
  return existsSync(join(folder, tensorsFile))
}

export function hasReference(folder: string): boolean {
  return existsSync(join(folder, inputsFile)) && existsSync(join(folder, expectedFile))
}
