import type { TokenizerFiles } from '../tokenizerFiles'
import { specialToken, type AddedToken } from '../tokenizerFiles'
import {
  around,
  first,
  replace,
  second,
  secondSegment,
  sequence,
  template,
  type BuiltTokenizer,
  type Component
} from './parts'
import {
  charsmap,
  metaspace,
  openSentencepiece,
  ownPieces,
  unigram,
  withoutNumberCommas,
  wordsWithMetaspace,
  type ScoredPiece,
  type SentencepieceFiles
} from './sentencepiece'

const singleSpaces = replace({ Regex: ' {2,}' }, ' ')

/** ALBERT (`AlbertConverter` in transformers). */
export function albert(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const cls = files.role('cls_token', '[CLS]')
  const sep = files.role('sep_token', '[SEP]')
  const roles = [
    ...standard(files, '[CLS]', '[SEP]', '<unk>', '<pad>'),
    cls,
    sep,
    files.role('mask_token', '[MASK]', true)
  ]
  return unigram(source, withoutNumberCommas(source), source.model.unkId, roles, {
    normalizer: quotesAndAccents(source, true),
    preTokenizer: wordsWithMetaspace,
    postProcessor: (idOf) =>
      template(
        files,
        [...around(cls), first, ...around(sep)],
        [...around(cls), first, ...around(sep), secondSegment, ...around(sep, 1)],
        idOf
      )
  })
}

/** XLNet, whose special tokens follow the text, the last in a segment of its own (`XLNetConverter`). */
export function xlnet(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const sep = files.role('sep_token', '<sep>')
  const cls = files.role('cls_token', '<cls>')
  const roles = [
    ...standard(files, '<s>', '</s>', '<unk>', '<pad>'),
    sep,
    cls,
    files.role('mask_token', '<mask>', true),
    specialToken('<eop>'),
    specialToken('<eod>')
  ]
  return unigram(source, withoutNumberCommas(source), source.model.unkId, roles, {
    normalizer: quotesAndAccents(source, false),
    preTokenizer: wordsWithMetaspace,
    postProcessor: (idOf) =>
      template(
        files,
        [first, ...around(sep), ...around(cls, 2)],
        [first, ...around(sep), secondSegment, ...around(sep, 1), ...around(cls, 2)],
        idOf
      )
  })
}

/** T5 and mT5: `extra_ids` sentinels behind the model's pieces (`T5Converter`). */
export function t5(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const count = files.number('extra_ids', 100)
  const sentinels = Array.from({ length: count }, (_, i) => `<extra_id_${count - 1 - i}>`)
  const eos = files.role('eos_token', '</s>')
  const roles = [
    eos,
    files.role('unk_token', '<unk>'),
    files.role('pad_token', '<pad>'),
    ...sentinels.map((token) => specialToken(token))
  ]
  const pieces: ScoredPiece[] = [...ownPieces(source), ...sentinels.map((token): ScoredPiece => [token, 0])]
  return unigram(source, pieces, source.model.unkId, roles, {
    normalizer: sequence('normalizers', charsmap(source)),
    preTokenizer: wordsWithMetaspace,
    postProcessor: (idOf) =>
      template(files, [first, ...around(eos)], [first, ...around(eos), second, ...around(eos)], idOf)
  })
}

/** XLM-RoBERTa: fairseq's four special tokens before the pieces, `<mask>` behind them (`XLMRobertaConverter`). */
export function xlmRoberta(files: TokenizerFiles): BuiltTokenizer {
  const before: ScoredPiece[] = [
    ['<s>', 0],
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0]
  ]
  return fairseq(files, (pieces) => [...before, ...pieces.slice(3), ['<mask>', 0]])
}

/**
 * CamemBERT: as XLM-RoBERTa, with fairseq's place for `<unk>` and one more that is never used (`CamembertConverter`).
 */
export function camembert(files: TokenizerFiles): BuiltTokenizer {
  const before: ScoredPiece[] = [
    ['<s>NOTUSED', 0],
    ['<pad>', 0],
    ['</s>NOTUSED', 0],
    ['<unk>', 0],
    ['<unk>NOTUSED', -100]
  ]
  return fairseq(files, (pieces) => [...before, ...pieces.slice(1), ['<mask>', 0]])
}

function fairseq(files: TokenizerFiles, arrange: (pieces: ScoredPiece[]) => ScoredPiece[]): BuiltTokenizer {
  const source = openSentencepiece(files)
  const bos = files.role('bos_token', '<s>')
  const eos = files.role('eos_token', '</s>')
  const roles = [...standard(files, '<s>', '</s>', '<unk>', '<pad>'), files.role('mask_token', '<mask>', true)]
  return unigram(source, arrange(ownPieces(source)), 3, roles, {
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
}

const mbartLanguages = (
  'ar_AR cs_CZ de_DE en_XX es_XX et_EE fi_FI fr_XX gu_IN hi_IN it_IT ja_XX kk_KZ ko_KR lt_LT lv_LV my_MM ' +
  'ne_NP nl_XX ro_RO ru_RU si_LK tr_TR vi_VN zh_CN'
).split(' ')

/** mBART: as XLM-RoBERTa, the language's code behind the text (`MBartConverter`); English where the files name none. */
export function mbart(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const eos = files.role('eos_token', '</s>')
  const language = specialToken(files.string('src_lang') ?? 'en_XX')
  const before: ScoredPiece[] = [
    ['<s>', 0],
    ['<pad>', 0],
    ['</s>', 0],
    ['<unk>', 0]
  ]
  const pieces: ScoredPiece[] = [
    ...before,
    ...ownPieces(source).slice(3),
    ...mbartLanguages.map((code): ScoredPiece => [code, 0]),
    ['<mask>', 0]
  ]
  const roles = [
    ...standard(files, '<s>', '</s>', '<unk>', '<pad>'),
    files.role('mask_token', '<mask>', true),
    ...mbartLanguages.map((code) => specialToken(code))
  ]
  return unigram(source, pieces, 3, roles, {
    normalizer: sequence('normalizers', charsmap(source)),
    preTokenizer: wordsWithMetaspace,
    postProcessor: (idOf) =>
      template(
        files,
        [first, ...around(eos), ...around(language)],
        [first, second, ...around(eos), ...around(language)],
        idOf
      )
  })
}

/** DeBERTa-v2 and v3, whose `[MASK]` is added after the pieces if they lack it (`DebertaV2Converter`). */
export function debertaV2(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const cls = files.role('cls_token', '[CLS]')
  const sep = files.role('sep_token', '[SEP]')
  const mask = files.role('mask_token', '[MASK]')
  const pieces = ownPieces(source)
  const placed = new Set(files.added().map(({ content }) => content))
  if (mask && !placed.has(mask.content) && !pieces.some(([piece]) => piece === mask.content))
    pieces.push([mask.content, 0])
  const lowercase: Component[] = files.flag('do_lower_case', false) ? [{ type: 'Lowercase' }] : []
  const punctuation: Component[] = files.flag('split_by_punct', false)
    ? [{ type: 'Punctuation', behavior: 'Isolated' }]
    : []
  const roles = [...standard(files, '[CLS]', '[SEP]', '[UNK]', '[PAD]'), cls, sep, mask]
  return unigram(source, pieces, source.model.unkId, roles, {
    normalizer: sequence('normalizers', [
      ...lowercase,
      { type: 'Strip', strip_left: true, strip_right: true },
      ...charsmap(source),
      singleSpaces
    ]),
    preTokenizer: sequence('pretokenizers', [...punctuation, metaspace]),
    postProcessor: (idOf) =>
      template(
        files,
        [...around(cls), first, ...around(sep)],
        [...around(cls), first, ...around(sep), secondSegment, ...around(sep, 1)],
        idOf
      )
  })
}

/**
 * Marian: the pieces of source.spm, counted as vocab.json counts them (`MarianTokenizer`). Python also evens out
 * punctuation where the package sacremoses is installed; here, as there without it, it stays as it is.
 */
export function marian(files: TokenizerFiles): BuiltTokenizer {
  const source = openSentencepiece(files)
  const vocab = files.vocabulary('vocab.json')
  const eos = files.role('eos_token', '</s>')
  const unk = files.role('unk_token', '<unk>')
  const unkId = vocab.get(unk?.content ?? '<unk>') ?? 0
  const languages = [...vocab.keys()].filter((token) => token.startsWith('>>') && token.endsWith('<<'))
  const pieces = ownPieces(source)
  const known = new Set(pieces.map(([piece]) => piece))
  for (const token of [files.role('pad_token', '<pad>')?.content ?? '<pad>', ...languages])
    if (!known.has(token)) pieces.push([token, 0])
  const roles = [eos, unk, files.role('pad_token', '<pad>'), ...languages.map((token) => specialToken(token))]
  const built = unigram(source, pieces, source.model.unkId, roles, {
    normalizer: sequence('normalizers', charsmap(source)),
    preTokenizer: wordsWithMetaspace,
    postProcessor: (idOf) => template(files, [first, ...around(eos)], [first, second, ...around(eos)], idOf)
  })
  return {
    ...built,
    idMap: {
      toModel: Int32Array.from(pieces, ([piece]) => vocab.get(piece) ?? unkId),
      texts: new Map(Array.from(vocab, ([token, id]) => [id, token]))
    }
  }
}

function standard(files: TokenizerFiles, bos: string, eos: string, unk: string, pad: string): (AddedToken | null)[] {
  return [
    files.role('bos_token', bos),
    files.role('eos_token', eos),
    files.role('unk_token', unk),
    files.role('pad_token', pad)
  ]
}

function quotesAndAccents(source: SentencepieceFiles, lowercase: boolean): Component | null {
  const { files } = source
  return sequence('normalizers', [
    replace({ String: '``' }, '"'),
    replace({ String: "''" }, '"'),
    ...(files.flag('keep_accents', false) ? [] : [{ type: 'NFKD' }, { type: 'StripAccents' }]),
    ...(files.flag('do_lower_case', lowercase) ? [{ type: 'Lowercase' }] : []),
    ...charsmap(source),
    singleSpaces
  ])
}
