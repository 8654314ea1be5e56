import { quoted, UserError } from '@shared/userError'
import type { IdMap } from '../textTokenizer'
import type { AddedToken, PlacedToken, TokenizerFiles } from '../tokenizerFiles'

/** One step of a tokenizer.json: a normalizer, a pre-tokenizer, a model or a post-processor. */
export type Component = Readonly<Record<string, unknown>>

/** The content of a tokenizer.json. */
export interface BuiltTokenizer {
  normalizer: Component | null
  preTokenizer: Component | null
  postProcessor: Component | null
  model: Component
  /** Tokens found in a text before everything else, by rising id. */
  added: readonly PlacedToken[]
  /** Where the model numbers its tokens differently from the tokenizer. */
  idMap?: IdMap
  /** What a person should know about the difference from Python, if there is any. */
  note?: string
}

/** The text's place in a template, and its segment. */
export const first: Part = { sequence: 'A', segment: 0 }
export const second: Part = { sequence: 'B', segment: 0 }
export const secondSegment: Part = { sequence: 'B', segment: 1 }
type Part = { sequence: 'A' | 'B'; segment: number } | { token: AddedToken; segment: number }

export function around(token: AddedToken | null, segment = 0): Part[] {
  return token ? [{ token, segment }] : []
}

/**
 * What is put around one text and around a pair.
 * @param idOf id of a token in the vocabulary
 * @throws UserError where the vocabulary lacks one
 */
export function template(
  files: TokenizerFiles,
  single: readonly Part[],
  pair: readonly Part[],
  idOf: (token: string) => number | undefined
): Component {
  const specialTokens: Record<string, Component> = {}
  for (const part of [...single, ...pair]) {
    if ('sequence' in part) continue
    const token = part.token.content
    const id = idOf(token)
    if (id === undefined)
      throw new UserError(`${files.folder}: the vocabulary has no '${token}', which every text must be wrapped in.`)
    specialTokens[token] = { id: token, ids: [id], tokens: [token] }
  }
  const parts = (list: readonly Part[]): Component[] =>
    list.map((part) =>
      'sequence' in part
        ? { Sequence: { id: part.sequence, type_id: part.segment } }
        : { SpecialToken: { id: part.token.content, type_id: part.segment } }
    )
  return { type: 'TemplateProcessing', single: parts(single), pair: parts(pair), special_tokens: specialTokens }
}

/** In the order in which Python adds those that a vocabulary lacks. */
const roleNames = ['bos_token', 'eos_token', 'unk_token', 'sep_token', 'pad_token', 'cls_token', 'mask_token']

/**
 * Tokens to find in a text before everything else: those the files name with their ids, and those of `tokens` that the
 * vocabulary has.
 * @param tokens the roles' tokens and the like
 * @param size tokens of the vocabulary: a special token that it lacks is added behind it, as in Python; where it is not
 * given, such a token has no id and is left out
 * @param needed tokens that are not added: a vocabulary without those that surround every text is another model's
 */
export function addedTokens(
  files: TokenizerFiles,
  tokens: readonly (AddedToken | null)[],
  idOf: (token: string) => number | undefined,
  size?: number,
  needed: readonly (AddedToken | null)[] = []
): PlacedToken[] {
  const placed = new Map(files.added().map((token) => [token.content, token]))
  const inFiles = size === undefined ? [] : roleNames.map((role) => files.role(role, null))
  let next = Math.max(size ?? 0, ...[...placed.values()].map(({ id }) => id + 1))
  for (const token of [...inFiles, ...tokens, ...files.additional()]) {
    if (!token) continue
    const known = placed.get(token.content)
    const stays = size === undefined || needed.some((other) => other?.content === token.content)
    const id = known?.id ?? idOf(token.content) ?? (stays ? undefined : next++)
    if (id === undefined) continue
    // added_tokens.json gives ids alone; a token with a role is special and matched verbatim.
    if (!known) placed.set(token.content, { ...token, id })
    else if (!known.special) placed.set(token.content, { ...known, special: true, normalized: false })
  }
  return [...placed.values()].sort((a, b) => a.id - b.id)
}

/** What a person should know of special tokens that were put behind a vocabulary of `size` tokens. */
export function behindVocabulary(
  added: readonly PlacedToken[],
  size: number,
  files: TokenizerFiles
): { note?: string } {
  const given = new Set(files.added().map(({ content }) => content))
  const behind = added.filter(({ id, content, special }) => special && id >= size && !given.has(content))
  if (!behind.length) return {}
  const names = behind.slice(0, 5).map(({ content, id }) => `${quoted(content)} (${id})`)
  return {
    note:
      `The vocabulary lacks ${behind.length === 1 ? 'a special token' : `${behind.length} special tokens`} that the ` +
      `tokenizer's files name; added at its end, as in Python: ${names.join(', ')}${behind.length > 5 ? ', ...' : ''}.`
  }
}

/** The text of a tokenizer.json. */
export function tokenizerJson({ normalizer, preTokenizer, postProcessor, model, added }: BuiltTokenizer): string {
  return JSON.stringify({
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: added,
    normalizer,
    pre_tokenizer: preTokenizer,
    post_processor: postProcessor,
    decoder: null,
    model
  })
}

export function sequence(type: 'normalizers' | 'pretokenizers', steps: readonly Component[]): Component | null {
  return steps.length > 1 ? { type: 'Sequence', [type]: steps } : (steps[0] ?? null)
}

export function replace(pattern: { String: string } | { Regex: string }, content: string): Component {
  return { type: 'Replace', pattern, content }
}

/**
 * A byte-pair model of vocab.json and merges.txt. Added tokens that the vocabulary lacks are put into it, so that they
 * keep their ids.
 * @param name of the file of merges
 * @throws UserError where it is not of the form "a b" a line
 */
export function mergesModel(
  files: TokenizerFiles,
  vocab: Map<string, number>,
  added: readonly PlacedToken[],
  settings: Component,
  name = 'merges.txt'
): Component {
  for (const { id, content } of added) if (!vocab.has(content)) vocab.set(content, id)
  const merges = files
    .text(name)
    .split('\n')
    .map((line) => line.replace(/\r$/, ''))
    .filter((line, index) => line !== '' && !(index === 0 && line.startsWith('#version')))
    .map((line, index) => {
      const [left, right, ...rest] = line.split(' ')
      if (!left || !right || rest.some((part) => !/^\d+$/.test(part))) {
        throw new UserError(
          `${files.path(name)}: merge ${index + 1} is '${line}'; expected two pieces with a space between them.`
        )
      }
      return [left, right]
    })
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    ...settings,
    vocab: Object.fromEntries(vocab),
    merges
  }
}
