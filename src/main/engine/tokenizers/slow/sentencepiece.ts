import { readFileSync } from 'node:fs'
import { UserError } from '@shared/userError'
import { pieceTypes, readSentencepieceModel, type SentencepieceModel } from '../sentencepieceModel'
import { sentencepieceNames, specialToken, type AddedToken, type TokenizerFiles } from '../tokenizerFiles'
import { addedTokens, sequence, type BuiltTokenizer, type Component } from './parts'

/** A piece with its log probability: its place in the list is its id. */
export type ScoredPiece = [piece: string, score: number]

/** A SentencePiece model with the checkpoint's files around it. */
export interface SentencepieceFiles {
  files: TokenizerFiles
  model: SentencepieceModel
}

/** @throws UserError where there is none or it is not a SentencePiece model */
export function openSentencepiece(files: TokenizerFiles): SentencepieceFiles {
  const name = sentencepieceNames.find((candidate) => files.has(candidate))
  if (!name) throw new UserError(`${files.folder} has no SentencePiece model (${sentencepieceNames.join(', ')}).`)
  return { files, model: readSentencepieceModel(readFileSync(files.path(name)), files.path(name)) }
}

/** The model's own pieces in its own order. */
export function ownPieces({ model }: SentencepieceFiles): ScoredPiece[] {
  return model.pieces.map(({ piece, score }) => [piece, score])
}

/**
 * ALBERT's and XLNet's slow tokenizers cut a comma off the number before it (`SPIECE_UNDERLINE` in their `_tokenize`);
 * scores of pieces that hold both are lowered so that they are not chosen (`check_number_comma` in transformers).
 */
export function withoutNumberCommas(files: SentencepieceFiles): ScoredPiece[] {
  return ownPieces(files).map(([piece, score]) => [piece, /\p{Nd},$/u.test(piece) ? score - 100 : score])
}

/** The compiled normalisation rules of the model, nothing where it has none. */
export function charsmap({ model }: SentencepieceFiles): Component[] {
  return model.charsmap
    ? [{ type: 'Precompiled', precompiled_charsmap: Buffer.from(model.charsmap).toString('base64') }]
    : []
}

export const metaspace: Component = { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true }
/** Words at white space, each with ▁ before it. */
export const wordsWithMetaspace = sequence('pretokenizers', [{ type: 'WhitespaceSplit' }, metaspace])

/**
 * A unigram tokenizer (Kudo 2018) from pieces in the order of the model's ids.
 * @param roles special tokens; those among the pieces are matched verbatim in a text
 * @throws UserError for a model of byte pairs
 */
export function unigram(
  source: SentencepieceFiles,
  pieces: ScoredPiece[],
  unkId: number,
  roles: readonly (AddedToken | null)[],
  steps: {
    normalizer: Component | null
    preTokenizer: Component | null
    postProcessor: (idOf: (token: string) => number | undefined) => Component | null
  }
): BuiltTokenizer {
  const { files, model } = source
  if (model.algorithm !== 'unigram')
    throw new UserError(
      `${files.folder}: the SentencePiece model is of type bpe (byte pairs); this tokenizer needs one of type unigram.`
    )
  const ids = new Map(pieces.map(([piece], id) => [piece, id]))
  const added = addedTokens(files, [...roles, ...ownAdded(model)], (token) => ids.get(token))
  const idOf = (token: string): number | undefined =>
    ids.get(token) ?? added.find(({ content }) => content === token)?.id
  return {
    normalizer: steps.normalizer,
    preTokenizer: steps.preTokenizer,
    postProcessor: steps.postProcessor(idOf),
    model: { type: 'Unigram', unk_id: unkId, vocab: pieces, byte_fallback: false },
    added
  }
}

/**
 * A byte-pair tokenizer from pieces in the order of the model's ids. SentencePiece joins the two neighbours that give
 * the piece of the highest score; as a list of merges: every way to make a piece from two others, by falling score
 * (`generate_merges` in transformers).
 */
export function bytePairs(
  source: SentencepieceFiles,
  pieces: ScoredPiece[],
  roles: readonly (AddedToken | null)[],
  steps: {
    normalizer: Component | null
    preTokenizer: Component | null
    postProcessor: (idOf: (token: string) => number | undefined) => Component | null
  }
): BuiltTokenizer {
  const { files, model } = source
  if (model.algorithm !== 'bpe')
    throw new UserError(
      `${files.folder}: the SentencePiece model is of type unigram; this tokenizer needs one of type bpe (byte pairs).`
    )
  const ids = new Map(pieces.map(([piece], id) => [piece, id]))
  const idOf = (token: string): number | undefined => ids.get(token)
  const added = addedTokens(files, [...roles, ...ownAdded(model)], idOf)
  const merges = mergesOf(pieces, ids)
  for (const { id, content } of added) if (!ids.has(content)) ids.set(content, id)
  return {
    normalizer: steps.normalizer,
    preTokenizer: steps.preTokenizer,
    postProcessor: steps.postProcessor(idOf),
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: model.unkPiece,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      vocab: Object.fromEntries(ids),
      merges
    },
    added
  }
}

function mergesOf(pieces: readonly ScoredPiece[], ids: ReadonlyMap<string, number>): [string, string][] {
  const merges: { left: string; right: string; score: number }[] = []
  for (const [piece, score] of pieces) {
    const characters = Array.from(piece)
    let at = 0
    for (const character of characters.slice(0, -1)) {
      at += character.length
      const left = piece.slice(0, at)
      const right = piece.slice(at)
      if (ids.has(left) && ids.has(right)) merges.push({ left, right, score })
    }
  }
  const length = (text: string): number => Array.from(text).length
  merges.sort((a, b) => b.score - a.score || length(b.left) - length(a.left) || length(b.right) - length(a.right))
  return merges.map(({ left, right }) => [left, right])
}

/** Control pieces and symbols of the user: matched verbatim in a text, never joined with their neighbours. */
function ownAdded(model: SentencepieceModel): AddedToken[] {
  return model.pieces
    .filter(({ type }) => type === pieceTypes.control || type === pieceTypes.userDefined)
    .map(({ piece, type }) => ({ ...specialToken(piece), special: type === pieceTypes.control }))
}
