import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '@shared/userError'
import { openSafetensors } from '../checkpoints/safetensors'

/** A stored tensor as float32 with its shape; class ids are exact in it. */
export interface StoredTensor {
  shape: number[]
  data: Float32Array
}

/** @param folder of a result @throws UserError where the result left no such tensor */
export function readTensors(folder: string, names: readonly string[]): StoredTensor[] {
  const path = tensorsPath(folder)
  if (!existsSync(path)) throw new UserError('This result was kept without its tables; run it again.')
  const file = openSafetensors(path)
  try {
    return names.map((name) => ({ shape: file.describe(name).shape, data: file.read(name) }))
  } finally {
    file.close()
  }
}

/** @param folder of a result */
export function namesOfTensors(folder: string): string[] {
  const path = tensorsPath(folder)
  if (!existsSync(path)) return []
  const file = openSafetensors(path)
  try {
    return file.names()
  } finally {
    file.close()
  }
}

function tensorsPath(folder: string): string {
  return join(folder, 'tensors.safetensors')
}
