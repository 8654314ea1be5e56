import { UserError } from '@shared/userError'
import { fieldsOf } from '../files/protobuf'

/** What a piece of a SentencePiece model is, as in its `sentencepiece_model.proto`. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

export interface SentencepieceModel {
  pieces: { piece: string; score: number; type: number }[]
  algorithm: 'unigram' | 'bpe'
  unkId: number
  unkPiece: string
  /** Characters without a piece are spelt as bytes. */
  byteFallback: boolean
  /** The compiled normalisation rules; null if there are none. */
  charsmap: Uint8Array | null
}

/**
 * Reads a SentencePiece model (Kudo & Richardson 2018), a protocol buffer of type ModelProto.
 * https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto
 * @param path for the refusals alone
 * @throws UserError where the bytes are not such a model, or a model of words or characters
 */
export function readSentencepieceModel(bytes: Uint8Array, path: string): SentencepieceModel {
  try {
    return read(bytes, path)
  } catch (error) {
    if (error instanceof RangeError) throw new UserError(`${path} is not a SentencePiece model, or it is cut short.`)
    throw error
  }
}

function read(bytes: Uint8Array, path: string): SentencepieceModel {
  const text = new TextDecoder()
  const model: SentencepieceModel = {
    pieces: [],
    algorithm: 'unigram',
    unkId: 0,
    unkPiece: '<unk>',
    byteFallback: false,
    charsmap: null
  }
  let algorithm = 1
  for (const { field, value } of fieldsOf(bytes)) {
    if (!(value instanceof Uint8Array)) continue
    if (field === 1) {
      const piece = { piece: '', score: 0, type: pieceTypes.normal as number }
      for (const part of fieldsOf(value)) {
        if (part.field === 1 && part.value instanceof Uint8Array) piece.piece = text.decode(part.value)
        else if (part.field === 2 && part.value instanceof Uint8Array)
          piece.score = new DataView(part.value.buffer, part.value.byteOffset, 4).getFloat32(0, true)
        else if (part.field === 3 && typeof part.value === 'number') piece.type = part.value
      }
      model.pieces.push(piece)
    } else if (field === 2) {
      for (const part of fieldsOf(value)) {
        if (part.field === 45 && part.value instanceof Uint8Array) model.unkPiece = text.decode(part.value)
        if (typeof part.value !== 'number') continue
        if (part.field === 3) algorithm = part.value
        else if (part.field === 24 && part.value === 1)
          throw new UserError(
            `${path} marks the end of words, not their beginning (treat_whitespace_as_suffix), which ` +
              'Layerscope does not support.'
          )
        else if (part.field === 35) model.byteFallback = part.value === 1
        else if (part.field === 40) model.unkId = part.value
      }
    } else if (field === 3) {
      for (const part of fieldsOf(value)) {
        if (part.field === 2 && part.value instanceof Uint8Array && part.value.length) model.charsmap = part.value
      }
    }
  }
  if (!model.pieces.length) throw new RangeError('no pieces')
  if (algorithm !== 1 && algorithm !== 2)
    throw new UserError(
      `${path} is a SentencePiece model of ${algorithm === 3 ? 'words' : 'characters'}; Layerscope reads ` +
        'those of type unigram and bpe.'
    )
  model.algorithm = algorithm === 1 ? 'unigram' : 'bpe'
  return model
}
