import { expect, test } from 'vitest'
import { compareCommand } from '../../src/main/commands/compare'

const model = 'resources/models/gpt2-ud-tiny'

test.each([
  [
    ['--model', model, '--train', 'a', '--test', 'b', '--label', 'upos'],
    'Name two or more models: --model DIR --model DIR. `layerscope compare --help` shows an example.'
  ],
  [
    ['--model', model, '--model', model, '--test', 'b', '--label', 'upos'],
    '--train is missing. `layerscope compare --help` shows examples.'
  ],
  [
    ['--model', model, '--model', model, '--train', 'a', '--test', 'b', '--label', 'upos', '--cka-words', 'many'],
    "--cka-words is 'many'; it must be a whole number from 0 on."
  ]
])('%j is refused in a sentence', async (parameters, sentence) => {
  await expect(compareCommand.run(parameters)).rejects.toThrow(sentence)
})
