import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cachedModels } from '../../../src/main/engine/hub/cached'
import { testHub } from './withHub'

const fixtures = 'test/fixtures/released'

function filesOf(folder: string, more: readonly string[]): Record<string, { content: Buffer }> {
  const names = readdirSync(join(fixtures, folder)).filter((name) => !/^(inputs|tensors|expected|cases)\./.test(name))
  return Object.fromEntries([
    ...names.map((name) => [name, { content: readFileSync(join(fixtures, folder, name)) }]),
    ...more.map((name) => [name, { content: Buffer.from('other') }])
  ]) as Record<string, { content: Buffer }>
}

test.each([
  ['albert', ['30k-clean.model', 'albert_config.json', 'model.ckpt-best.data-00000-of-00001', 'model.ckpt-best.index']],
  ['fairseq-roberta', ['dict.txt', 'encoder.json', 'model.pt', 'vocab.bpe']]
])('%s is downloaded as its authors released it', async (folder, wanted) => {
  const hub = await testHub({ files: filesOf(folder, ['model.ckpt-best.meta', 'NOTE', 'tf_model.h5']) })
  const looked = await hub.lookUp()
  expect(looked).toMatchObject({ refusal: null, model: 'as its authors released it' })
  expect(readdirSync(await hub.download()).sort()).toEqual(wanted)
  expect(cachedModels(hub.settings.cacheFolder)[0]!.lacks).toBeNull()
})
