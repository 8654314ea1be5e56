import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LoadedModel } from '../models/loadModel'

/** Where a checkpoint's folder says how its special tokens are spelt. */
const files = ['special_tokens_map.json', 'tokenizer_config.json']

/**
 * Id of a special token by its role, as the files beside the checkpoint name it; null where they name none, or one that the tokenizer lacks.
 */
export function specialToken(model: LoadedModel, role: 'mask_token' | 'bos_token'): number | null {
  for (const file of files) {
    const path = join(model.info.path, file)
    if (!existsSync(path)) continue
    const value = (JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>)[role]
    const text = typeof value === 'object' && value !== null ? (value as { content?: unknown }).content : value
    if (typeof text === 'string') return model.needTokenizer().tokenId(text)
  }
  return null
}
