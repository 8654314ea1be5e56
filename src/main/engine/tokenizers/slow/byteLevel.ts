import { specialToken, type AddedToken, type TokenizerFiles } from '../tokenizerFiles'
import {
  addedTokens,
  around,
  behindVocabulary,
  first,
  mergesModel,
  second,
  secondSegment,
  template,
  type BuiltTokenizer,
  type Component
} from './parts'

/** How Qwen2 cuts a text before its merges: contractions, words, single digits, marks, line ends. */
const qwen2Pattern =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| " +
  '?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+'

interface Roles {
  bos: AddedToken | null
  eos: AddedToken | null
  unk: AddedToken | null
  others: (AddedToken | null)[]
}

/** Byte-level BPE of vocab.json and merges.txt (Radford et al. 2019), as transformers' `GPT2Converter` builds it. */
export function gpt2(files: TokenizerFiles): BuiltTokenizer {
  const end = '<|endoftext|>'
  const isOpt = files.modelType === 'opt'
  const bos = files.role('bos_token', isOpt ? '</s>' : end)
  const roles = {
    bos,
    eos: files.role('eos_token', isOpt ? '</s>' : end),
    unk: files.role('unk_token', isOpt ? '</s>' : end),
    others: [files.role('pad_token', isOpt ? '<pad>' : null)]
  }
  return build(files, roles, (idOf) => {
    // GPT2Converter leaves this post-processor without effect: offsets hold the space before a word.
    if (!files.flag('add_bos_token', isOpt))
      return { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true }
    return template(files, [...around(bos), first], [...around(bos), first, ...around(bos, 1), secondSegment], idOf)
  })
}

/** As `gpt2`, with `<s>` and `</s>` around and offsets without the space (`RobertaConverter`); BART's too. */
export function roberta(files: TokenizerFiles): BuiltTokenizer {
  const cls = files.role('cls_token', '<s>')
  const sep = files.role('sep_token', '</s>')
  const roles = {
    bos: files.role('bos_token', '<s>'),
    eos: files.role('eos_token', '</s>'),
    unk: files.role('unk_token', '<unk>'),
    others: [cls, sep, files.role('pad_token', '<pad>'), files.role('mask_token', '<mask>', true)]
  }
  return build(files, roles, (idOf) => {
    // Looked up here so that a vocabulary without them is refused.
    template(files, [...around(cls), ...around(sep)], [], idOf)
    return {
      type: 'RobertaProcessing',
      sep: [sep?.content, idOf(sep?.content ?? '')],
      cls: [cls?.content, idOf(cls?.content ?? '')],
      trim_offsets: files.flag('trim_offsets', true),
      add_prefix_space: files.flag('add_prefix_space', false)
    }
  })
}

/** Qwen2 and Qwen3: byte-level BPE with a pattern of its own, after NFC (`Qwen2Converter`). */
export function qwen2(files: TokenizerFiles): BuiltTokenizer {
  const end = '<|endoftext|>'
  const roles = {
    bos: files.role('bos_token', null),
    eos: files.role('eos_token', end),
    unk: files.role('unk_token', end),
    others: [files.role('pad_token', end)]
  }
  return {
    ...build(files, roles, () => ({ type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true })),
    normalizer: { type: 'NFC' },
    preTokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: qwen2Pattern }, behavior: 'Isolated', invert: false },
        {
          type: 'ByteLevel',
          add_prefix_space: files.flag('add_prefix_space', false),
          trim_offsets: true,
          use_regex: false
        }
      ]
    }
  }
}

/**
 * XLM's BPE with `</w>` at the end of words (Conneau & Lample 2019). It expects text that Moses has split into words;
 * Layerscope's words take their place, as with `bypass_tokenizer=True` in Python.
 */
export function xlm(files: TokenizerFiles): BuiltTokenizer {
  const vocab = files.vocabulary('vocab.json')
  const idOf = (token: string): number | undefined => vocab.get(token)
  const bos = files.role('bos_token', '<s>')
  const sep = files.role('sep_token', '</s>')
  const unk = files.role('unk_token', '<unk>')
  const spare = Array.from({ length: 10 }, (_, i) => specialToken(`<special${i}>`))
  const added = addedTokens(
    files,
    [
      bos,
      sep,
      unk,
      files.role('cls_token', '</s>'),
      files.role('pad_token', '<pad>'),
      files.role('mask_token', '<special1>'),
      ...spare
    ],
    idOf
  )
  return {
    normalizer: files.flag('do_lowercase_and_remove_accent', true)
      ? { type: 'Sequence', normalizers: [{ type: 'Lowercase' }, { type: 'NFD' }, { type: 'StripAccents' }] }
      : null,
    preTokenizer: { type: 'WhitespaceSplit' },
    postProcessor: template(
      files,
      [...around(bos), first, ...around(sep)],
      [...around(bos), first, ...around(sep), second, ...around(sep)],
      idOf
    ),
    model: mergesModel(files, vocab, added, { unk_token: unk?.content ?? null, end_of_word_suffix: '</w>' }),
    added,
    note:
      "XLM's tokenizer expects words split by Moses' rules; Layerscope gives it the words of the data, or of " +
      'its own splitting for typed text.'
  }
}

function build(
  files: TokenizerFiles,
  { bos, eos, unk, others }: Roles,
  postProcessor: (idOf: (token: string) => number | undefined) => Component
): BuiltTokenizer {
  const vocab = files.vocabulary('vocab.json')
  const idOf = (token: string): number | undefined => vocab.get(token)
  const size = vocab.size
  const added = addedTokens(files, [bos, eos, unk, ...others], idOf, size)
  // Also filled in by mergesModel; the template needs them earlier.
  const model = mergesModel(files, vocab, added, { continuing_subword_prefix: '', end_of_word_suffix: '' })
  return {
    normalizer: null,
    preTokenizer: {
      type: 'ByteLevel',
      add_prefix_space: files.flag('add_prefix_space', false),
      trim_offsets: true,
      use_regex: true
    },
    postProcessor: postProcessor(idOf),
    model,
    added,
    ...behindVocabulary(added, size, files)
  }
}
