import type { TokenizerFiles } from '../tokenizerFiles'
import { addedTokens, mergesModel, type BuiltTokenizer } from './parts'

/** Names of the authors' release, of Hugging Face's copy. */
export const releasedGptNames = ['encoder_bpe_40000.json', 'vocab_40000.bpe'] as const
const usualNames = ['vocab.json', 'merges.txt'] as const

/**
 * The first GPT's: words as BERT's basic tokenizer makes them, and byte pairs with `</w>` at the end of a word
 * (`OpenAIGPTConverter` in transformers). No marker is added.
 */
export function openaiGpt(files: TokenizerFiles): BuiltTokenizer {
  const [vocabulary, merges] = files.has(usualNames[0]) ? usualNames : releasedGptNames
  const vocab = files.vocabulary(vocabulary)
  const unknown = files.role('unk_token', '<unk>')
  const added = addedTokens(files, [unknown], (token) => vocab.get(token))
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true
    },
    preTokenizer: { type: 'BertPreTokenizer' },
    postProcessor: null,
    model: mergesModel(
      files,
      vocab,
      added,
      { unk_token: unknown?.content ?? null, end_of_word_suffix: '</w>' },
      merges
    ),
    added
  }
}
