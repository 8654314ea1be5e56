import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { modelAddress } from '../models/address'
import type { LoadedModel } from '../models/model'
import { WordTokenizer } from '../tokenizers/wordTokenizer'

/** The tokenizer of a model that reads running text: every model with a language-model head has such a one. */
export function textTokenizer(model: LoadedModel): WordTokenizer {
  const tokenizer = model.needTokenizer()
  if (tokenizer instanceof WordTokenizer) return tokenizer
  throw new Error(`${model.info.name} looks up words and does not read text.`)
}

/** Where a checkpoint's folder says how its special tokens are spelt. */
const files = ['special_tokens_map.json', 'tokenizer_config.json']

/**
 * Id of the token that begins a text, as the checkpoint's files name it; null where they name none, or one
 * that the tokenizer lacks.
 */
export function beginningToken(model: LoadedModel): number | null {
  for (const file of files) {
    const path = join(modelAddress(model.info.path).path, file)
    if (!existsSync(path)) continue
    const value = (JSON.parse(readFileSync(path, 'utf8')) as { bos_token?: unknown }).bos_token
    const text = typeof value === 'object' && value !== null ? (value as { content?: unknown }).content : value
    if (typeof text === 'string') return textTokenizer(model).tokenId(text)
  }
  return null
}
