import { UserError } from '@shared/userError'
import { specialToken, type PlacedToken, type TokenizerFiles } from '../tokenizerFiles'
import { mergesModel, type BuiltTokenizer } from './parts'

/** What fairseq puts before the lines of dict.txt, and behind them. */
const before = ['<s>', '<pad>', '</s>', '<unk>'] as const
const mask = '<mask>'
const unknown = before.indexOf('<unk>')

/**
 * RoBERTa's as fairseq reads it: GPT-2's byte pairs under their first names (encoder.json, vocab.bpe), and dict.txt,
 * whose lines say in which order the model has GPT-2's numbers. A piece without a line is `<unk>`.
 * @throws UserError where the files do not match the model, or each other
 */
export function fairseqRoberta(files: TokenizerFiles): BuiltTokenizer {
  const vocab = files.vocabulary('encoder.json')
  const lines = files.text('dict.txt').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const size = before.length + lines.length + 1
  if (files.vocabularySize !== null && files.vocabularySize !== size)
    throw new UserError(
      `${files.path('dict.txt')} has ${lines.length} lines, ${size} tokens with the special ones, but the model has ` +
        `${files.vocabularySize}. Put the dict.txt beside it that it was released with.`
    )
  const idOfNumber = new Map(lines.map((line, index) => [line.slice(0, line.lastIndexOf(' ')), before.length + index]))
  const pieces = [...vocab].sort((a, b) => a[1] - b[1])
  const first = (pieces.at(-1)?.[1] ?? -1) + 1
  const toModel = new Int32Array(first + before.length + 1).fill(unknown)
  const texts = new Map(lines.map((line, index) => [before.length + index, line.slice(0, line.lastIndexOf(' '))]))
  for (const [piece, number] of pieces) {
    const id = idOfNumber.get(String(number))
    if (id === undefined) continue
    toModel[number] = id
    texts.set(id, piece)
  }
  const specials = [...before, mask]
  const added = specials.map((content, index): PlacedToken => {
    const id = index < before.length ? index : size - 1
    toModel[first + index] = id
    texts.set(id, content)
    return { ...specialToken(content, content === mask), id: first + index }
  })
  const place = (content: string): [string, number] => [content, first + specials.indexOf(content)]
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
