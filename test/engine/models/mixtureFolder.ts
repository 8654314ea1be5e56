import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const words = 'the of and to in a is was for on that with as by at from it he his are be has had not which this but'

/**
 * A small mixture of experts that reads text: the weights of a reference, and a vocabulary of a few words; all others
 * are one token.
 */
export function mixtureFolder(root: string): string {
  const folder = join(root, 'mixture')
  cpSync('test/fixtures/parity/mixtral', folder, { recursive: true })
  const vocabulary = Object.fromEntries(['[UNK]', ...words.split(' ')].map((word, id) => [word, id]))
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Whitespace' },
    post_processor: null,
    decoder: null,
    model: { type: 'WordLevel', vocab: vocabulary, unk_token: '[UNK]' }
  }
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  return folder
}
