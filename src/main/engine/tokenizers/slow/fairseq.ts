import { specialToken, type PlacedToken, type TokenizerFiles } from '../tokenizerFiles'
import { readFairseqDictionary } from './fairseqDictionary'
import { around, first, mergesModel, second, sequence, template, type BuiltTokenizer } from './parts'
import { charsmap, openSentencepiece, ownPieces, unigram, wordsWithMetaspace } from './sentencepiece'

/**
 * RoBERTa's as fairseq reads it: GPT-2's byte pairs under their first names (encoder.json, vocab.bpe), and dict.txt,
 * whose lines say in which order the model has GPT-2's numbers. A piece without a line is `<unk>`.
 * @throws UserError where the files do not match the model, or each other
 */
export function fairseqRoberta(files: TokenizerFiles): BuiltTokenizer {
  const vocab = files.vocabulary('encoder.json')
  const { pieces: numbers, first: firstId, specials, unknown } = readFairseqDictionary(files)
  const idOfNumber = new Map(numbers.map((number, index) => [number, firstId + index]))
  const pieces = [...vocab].sort((a, b) => a[1] - b[1])
  const behind = (pieces.at(-1)?.[1] ?? -1) + 1
  const toModel = new Int32Array(behind + specials.length).fill(unknown)
  const texts = new Map(numbers.map((number, index) => [firstId + index, number]))
  for (const [piece, number] of pieces) {
    const id = idOfNumber.get(String(number))
    if (id === undefined) continue
    toModel[number] = id
    texts.set(id, piece)
  }
  const added = specials.map(({ content, id }, index): PlacedToken => {
    toModel[behind + index] = id
    texts.set(id, content)
    return { ...specialToken(content, content === '<mask>'), id: behind + index }
  })
  const place = (content: string): [string, number] => [content, added.find((token) => token.content === content)!.id]
  return {
    normalizer: null,
    preTokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    postProcessor: {
      type: 'RobertaProcessing',
      sep: place('</s>'),
      cls: place('<s>'),
      trim_offsets: true,
      add_prefix_space: false
    },
    model: mergesModel(files, vocab, added, { continuing_subword_prefix: '', end_of_word_suffix: '' }, 'vocab.bpe'),
    added,
    idMap: { toModel, texts }
  }
}

/**
 * That of XLM-R and CamemBERT as fairseq reads it: the pieces of sentencepiece.bpe.model, counted as dict.txt counts
 * them. A piece without a line is `<unk>`.
 * @throws UserError where the files do not match the model
 */
export function fairseqPieces(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const { pieces: lines, first: firstId, specials, unknown } = readFairseqDictionary(files)
  const own = ownPieces(source)
  const known = new Set(own.map(([piece]) => piece))
  const pieces = [...own, ...specials.flatMap(({ content }): typeof own => (known.has(content) ? [] : [[content, 0]]))]
  const ids = new Map(lines.map((piece, index) => [piece, firstId + index]))
  const texts = new Map(lines.map((piece, index) => [firstId + index, piece]))
  for (const { content, id } of specials) {
    ids.set(content, id)
    texts.set(id, content)
  }
  const [bos, eos] = [specialToken('<s>'), specialToken('</s>')]
  const roles = specials.map(({ content }) => specialToken(content, content === '<mask>'))
  const built = unigram(source, pieces, source.model.unkId, roles, {
    normalizer: sequence('normalizers', charsmap(source)),
    preTokenizer: wordsWithMetaspace,
    postProcessor: (idOf) =>
      template(
        files,
        [...around(bos), first, ...around(eos)],
        [...around(bos), first, ...around(eos), ...around(eos), second, ...around(eos)],
        idOf
      )
  })
  return {
    ...built,
    idMap: { toModel: Int32Array.from(pieces, ([piece]) => ids.get(piece) ?? unknown), texts }
  }
}
