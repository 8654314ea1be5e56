import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { legible, UserError } from '@shared/userError'
import { jsonFault } from '../files/pythonJson'
import { beginningOf, fileKind } from '../files/fileKind'

/** Names under which a SentencePiece model is saved, in the order of preference. */
export const sentencepieceNames = [
  'spiece.model',
  'sentencepiece.bpe.model',
  'tokenizer.model',
  'spm.model',
  '30k-clean.model',
  'source.spm'
] as const

/** Files that a tokenizer.json replaces. */
const olderNames = ['vocab.txt', 'vocab.json', 'merges.txt', ...sentencepieceNames]

/** Files that are read whatever form the tokenizer has. */
const settingsNames = ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json']

/** For the error about a folder without a tokenizer. */
export const tokenizerNames =
  `tokenizer.json, vocab.txt, vocab.json with merges.txt, ${sentencepieceNames.slice(0, -1).join(', ')} or ` +
  'source.spm with vocab.json'

/** Whether a folder has what a tokenizer can be read from. */
export function hasTokenizer(folder: string): boolean {
  const has = (name: string): boolean => existsSync(join(folder, name))
  return (
    has('tokenizer.json') ||
    has('vocab.txt') ||
    (has('vocab.json') && has('merges.txt')) ||
    ['encoder.json', 'vocab.bpe', 'dict.txt'].every(has) ||
    ['encoder_bpe_40000.json', 'vocab_40000.bpe'].every(has) ||
    sentencepieceNames.some(has)
  )
}

/**
 * Paths of the files that say how to tokenise, in a fixed order: what makes two checkpoints with equal weights
 * different. Where there is a tokenizer.json, the files it replaces are not read and do not count.
 */
export function tokenizerPaths(folder: string): string[] {
  const has = (name: string): boolean => existsSync(join(folder, name))
  const there = (names: readonly string[]): string[] =>
    names.map((name) => join(folder, name)).filter((path) => existsSync(path))
  const whole = there(['tokenizer.json'])
  // ALBERT's own name for a file that counts only where no other SentencePiece model is read before it.
  const older = there(olderNames).filter((path) => !path.endsWith('30k-clean.model') || !has('spiece.model'))
  return [...(whole.length ? whole : older), ...there(settingsNames)]
}

/** A token with how it is found in a text, as `AddedToken` in Python. */
export interface AddedToken {
  content: string
  lstrip: boolean
  rstrip: boolean
  single_word: boolean
  normalized: boolean
  special: boolean
}

/** A token with its id. */
export interface PlacedToken extends AddedToken {
  id: number
}

type Json = Record<string, unknown>

/** What the files of a release do not say, as the files of Hugging Face's layout would. */
export interface TokenizerDefaults {
  /** Of config.json. */
  config: Readonly<Json>
  /** Of tokenizer_config.json. */
  settings: Readonly<Json>
}

const noDefaults: TokenizerDefaults = { config: {}, settings: {} }

/**
 * The tokenizer's settings in a checkpoint's folder: tokenizer_config.json, special_tokens_map.json, added_tokens.json
 * and config.json.
 */
export class TokenizerFiles {
  private readonly settings: Json
  private readonly special: Json
  private readonly modelConfig: Json

  constructor(
    readonly folder: string,
    defaults: TokenizerDefaults = noDefaults
  ) {
    this.settings = { ...defaults.settings, ...this.json('tokenizer_config.json') }
    this.special = this.json('special_tokens_map.json')
    this.modelConfig = { ...defaults.config, ...this.json('config.json') }
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  has(name: string): boolean {
    return existsSync(this.path(name))
  }

  /** @throws UserError where it is not the file its name says */
  text(name: string): string {
    const path = this.path(name)
    if (!statSync(path).isFile()) throw new UserError(`${path} is not a file.`)
    const kind = fileKind(beginningOf(path))
    if (kind) throw new UserError(`${path} is ${kind}.`)
    return readFileSync(path, 'utf8')
  }

  /** An object of a file, empty where the file is missing. @throws UserError where it is not valid */
  json(name: string): Json {
    if (!this.has(name)) return {}
    let json: unknown
    try {
      json = JSON.parse(this.text(name))
    } catch (error) {
      throw new UserError(`${this.path(name)} is not valid JSON: ${jsonFault(error)}.`)
    }
    if (json === null || typeof json !== 'object' || Array.isArray(json))
      throw new UserError(`${this.path(name)} must be a JSON object.`)
    return json as Json
  }

  /** A vocabulary: token to id. @throws UserError where an id is not a whole number */
  vocabulary(name: string): Map<string, number> {
    const entries = Object.entries(this.json(name))
    for (const [token, id] of entries) {
      if (!Number.isSafeInteger(id))
        throw new UserError(
          `${this.path(name)}: '${legible(token)}' has the id ${legible(JSON.stringify(id))}; expected a ` +
            'whole number.'
        )
    }
    return new Map(entries as [string, number][])
  }

  flag(name: string, fallback: boolean): boolean {
    const value = this.settings[name]
    return typeof value === 'boolean' ? value : fallback
  }

  /** As `flag`, null where it is null or missing. */
  optionalFlag(name: string): boolean | null {
    const value = this.settings[name]
    return typeof value === 'boolean' ? value : null
  }

  number(name: string, fallback: number): number {
    const value = this.settings[name]
    return typeof value === 'number' ? value : fallback
  }

  string(name: string): string | null {
    const value = this.settings[name]
    return typeof value === 'string' ? value : null
  }

  /** 'Bert' of BertTokenizer or BertTokenizerFast; null where no class is named. */
  get tokenizerClass(): string | null {
    const name = this.settings['tokenizer_class'] ?? this.modelConfig['tokenizer_class']
    if (typeof name !== 'string') return null
    const bare = name.replace(/Fast$/, '').replace(/Tokenizer$/, '')
    return ['PreTrained', 'TokenizersBackend', ''].includes(bare) ? null : bare
  }

  /** Tokens of the model; null where its config does not say. */
  get vocabularySize(): number | null {
    const size = this.modelConfig['vocab_size']
    return typeof size === 'number' ? size : null
  }

  get modelType(): string | null {
    const type = this.modelConfig['model_type']
    return typeof type === 'string' ? type : null
  }

  /**
   * The token of a role ('cls_token'), from the checkpoint's files or, where they do not say, `fallback`; null for
   * none.
   */
  role(role: string, fallback: string | null, lstrip = false): AddedToken | null {
    const setting = this.settings[role] ?? this.special[role]
    if (setting === undefined || setting === null) return fallback === null ? null : specialToken(fallback, lstrip)
    if (typeof setting === 'string') return specialToken(setting, lstrip)
    return addedToken(setting, true)
  }

  /** Tokens outside of the vocabulary, with their ids: added_tokens_decoder and added_tokens.json. */
  added(): PlacedToken[] {
    const tokens = new Map<string, PlacedToken>()
    for (const [content, id] of Object.entries(this.json('added_tokens.json'))) {
      if (typeof id === 'number')
        tokens.set(content, { ...specialToken(content), special: false, normalized: true, id })
    }
    const decoder = this.settings['added_tokens_decoder']
    for (const [id, token] of Object.entries(decoder && typeof decoder === 'object' ? decoder : {})) {
      const known = addedToken(token, false)
      if (known) tokens.set(known.content, { ...known, id: Number(id) })
    }
    return [...tokens.values()]
  }

  /** `additional_special_tokens` and the language codes among them. */
  additional(): AddedToken[] {
    const list = this.settings['additional_special_tokens'] ?? this.special['additional_special_tokens']
    if (!Array.isArray(list)) return []
    return list.flatMap((token: unknown) =>
      typeof token === 'string' ? specialToken(token) : (addedToken(token, true) ?? [])
    )
  }
}

export function specialToken(content: string, lstrip = false): AddedToken {
  return { content, lstrip, rstrip: false, single_word: false, normalized: false, special: true }
}

function addedToken(json: unknown, special: boolean): AddedToken | null {
  if (json === null || typeof json !== 'object') return null
  const token = json as Json
  if (typeof token['content'] !== 'string') return null
  const isSpecial = typeof token['special'] === 'boolean' ? token['special'] : special
  return {
    content: token['content'],
    lstrip: token['lstrip'] === true,
    rstrip: token['rstrip'] === true,
    single_word: token['single_word'] === true,
    normalized: typeof token['normalized'] === 'boolean' ? token['normalized'] : !isSpecial,
    special: isSpecial
  }
}
