import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** The two files that make a reference (docs/parity.md): what went in, and what PyTorch computed. */
export const inputsFile = 'inputs.json'
export const expectedFile = 'expected.safetensors'

export function hasReference(folder: string): boolean {
  return existsSync(join(folder, inputsFile)) && existsSync(join(folder, expectedFile))
}
