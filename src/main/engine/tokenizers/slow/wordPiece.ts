import type { TokenizerFiles } from '../tokenizerFiles'
import {
  addedTokens,
  around,
  behindVocabulary,
  first,
  second,
  secondSegment,
  template,
  type BuiltTokenizer
} from './parts'

interface Form {
  cls: string
  sep: string
  mask: string
  pad: string
  /** Two separators between the texts of a pair, all in one segment. */
  doubleSeparator: boolean
}

export const bertForm: Form = { cls: '[CLS]', sep: '[SEP]', mask: '[MASK]', pad: '[PAD]', doubleSeparator: false }
export const mpnetForm: Form = { cls: '<s>', sep: '</s>', mask: '<mask>', pad: '<pad>', doubleSeparator: true }

/** WordPiece of a vocab.txt (Devlin et al. 2019), as transformers' `BertConverter` and `MPNetConverter` build it. */
export function wordPiece(files: TokenizerFiles, form: Form): BuiltTokenizer {
  const lines = files.text('vocab.txt').split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  const vocab = new Map(lines.map((token, id) => [token, id]))
  const unk = files.role('unk_token', '[UNK]')
  const cls = files.role('cls_token', form.cls)
  const sep = files.role('sep_token', form.sep)
  const roles = [
    unk,
    cls,
    sep,
    files.role('pad_token', form.pad),
    files.role('mask_token', form.mask, form.doubleSeparator)
  ]
  const size = vocab.size
  const added = addedTokens(files, roles, (token) => vocab.get(token), size, [cls, sep])
  for (const { id, content } of added) if (!vocab.has(content)) vocab.set(content, id)
  // MPNet has no segments.
  const pair = form.doubleSeparator
    ? [...around(sep), ...around(sep), second, ...around(sep)]
    : [...around(sep), secondSegment, ...around(sep, 1)]
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: files.flag('tokenize_chinese_chars', true),
      strip_accents: files.optionalFlag('strip_accents'),
      lowercase: files.flag('do_lower_case', true)
    },
    preTokenizer: { type: 'BertPreTokenizer' },
    postProcessor: template(files, [...around(cls), first, ...around(sep)], [...around(cls), first, ...pair], (token) =>
      vocab.get(token)
    ),
    model: {
      type: 'WordPiece',
      unk_token: unk?.content ?? '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(vocab)
    },
    added,
    ...behindVocabulary(added, size, files)
  }
}
