import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isUserError, legible, UserError } from '@shared/userError'
import { buildTokenizer } from './slow/buildTokenizer'
import { tokenizerJson } from './slow/parts'
import { TextTokenizer, type IdMap } from './textTokenizer'
import { requireHarmless } from './trial'
import { hasTokenizer, TokenizerFiles, tokenizerNames, type TokenizerDefaults } from './tokenizerFiles'

/** A checkpoint's tokenizer in the one form Layerscope runs, whatever files it was read from. */
export interface TokenizerSource {
  json: string
  idMap: IdMap | null
  /** What a person should know about it. */
  note: string | null
}

/**
 * The tokenizer of a checkpoint's folder: tokenizer.json, or built from vocab.txt, vocab.json and merges.txt, or a
 * SentencePiece model.
 * @param defaults what the files do not say
 * @throws UserError naming what is missing, malformed or unknown
 */
export function readTokenizer(folder: string, defaults?: TokenizerDefaults): TokenizerSource {
  const path = join(folder, 'tokenizer.json')
  if (existsSync(path)) return { json: new TokenizerFiles(folder).text('tokenizer.json'), idMap: null, note: null }
  if (!hasTokenizer(folder)) {
    throw new UserError(
      `${folder} has no tokenizer (${tokenizerNames}). Save it into the folder (in Python: ` +
        'tokenizer.save_pretrained(folder)) and open the folder again.'
    )
  }
  const built = buildTokenizer(new TokenizerFiles(folder, defaults))
  return { json: tokenizerJson(built), idMap: built.idMap ?? null, note: built.note ?? null }
}

/**
 * @param cut whether the truncation and padding that a tokenizer.json requests are applied
 * @param defaults what the files do not say
 * @throws UserError as `readTokenizer`, and where the library cannot read what is there
 */
export async function openTextTokenizer(
  folder: string,
  { cut, defaults }: { cut: boolean; defaults?: TokenizerDefaults }
): Promise<TextTokenizer> {
  const { json, idMap } = readTokenizer(folder, defaults)
  return parseTokenizer(folder, json, idMap, cut)
}

/** @throws UserError where the library cannot read it, or would end this process over it */
export async function parseTokenizer(
  folder: string,
  json: string,
  idMap: IdMap | null,
  cut = false
): Promise<TextTokenizer> {
  const path = existsSync(join(folder, 'tokenizer.json'))
    ? join(folder, 'tokenizer.json')
    : `The tokenizer built from the files in ${folder}`
  await requireHarmless(json, path)
  try {
    return cut ? TextTokenizer.parse(json, idMap) : TextTokenizer.parseUncut(json, idMap)
  } catch (error) {
    if (isUserError(error)) throw error
    throw new UserError(
      `${path} could not be read as a tokenizer: ${legible(error instanceof Error ? error.message : String(error))}.`
    )
  }
}
