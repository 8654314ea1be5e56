import { expect, test } from 'vitest'
import { applyFastaiRules } from '../../../src/main/engine/tokenizers/fastaiRules'
import { FastaiTokenizer } from '../../../src/main/engine/tokenizers/fastaiTokenizer'

// Texts and results of fastai 2.7.18 (its rules without spaCy).
test.each([
  ['I loved it SO much, Dr. Smith!', 'i loved it xxup so much, xxmaj dr. xxmaj smith!'],
  ['Wooooow!!! that was baaaad', 'w xxrep 5 o w xxrep 3 ! that was b xxrep 4 a d'],
  ['no no no no no way', 'xxwrep 5 no way'],
  ["I can't   believe <br />the end", "i can't believe \nthe end"],
  ['&amp; &quot; &lt;b&gt; #39;s nbsp; .@.', "&& &' <b> 's .@."],
  ['MiXeD iPhone Case', 'mixed iphone xxmaj case'],
  ['the U.S. and the UK', 'the xxup u.s. and the xxup uk'],
  ['🙂🙂🙂 &eacute;&#233;&#xe9; &#128;', 'xxrep 3 🙂 xxrep 3 é €']
])('%s', (text, expected) => {
  expect(applyFastaiRules(text)).toBe(expected)
})

test('a word of data becomes markers and words; markers are found by their text', () => {
  const words = ['_unk_', '_pad_', 'xbos', 't_up', 'nasa', 'is', "n't", '.']
  const tokenizer = new FastaiTokenizer(words)
  const { ids, wordOfToken } = tokenizer.encode(['NASA', "isn't", 'here.'])
  expect([...ids].map((id) => words[id])).toEqual(['xbos', 't_up', 'nasa', 'is', "n't", '_unk_', '.'])
  expect([...wordOfToken]).toEqual([-1, 0, 0, 1, 1, 2, 2])
  expect(tokenizer.unknownId).toBe(0)
})
