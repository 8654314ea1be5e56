import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { cachedDatasets, cachedModels } from '../../../src/main/engine/hub/cached'
import { openHub } from '../../../src/main/engine/hub/hubClient'
import { downloadModel } from '../../../src/main/engine/hub/downloadModel'
import { listModel } from '../../../src/main/engine/hub/listing'
import { lookUp } from '../../../src/main/engine/hub/lookup'
import { resolveData } from '../../../src/main/engine/hub/resolveData'
import { resolveModel } from '../../../src/main/engine/hub/resolveModel'
import { noise, sha256, testCommit, type HubServerFile } from './hubServer'
import { testHub } from './withHub'

const repo = 'datasets/tiny/ner'
const rows = (name: string): HubServerFile => ({
  content: readFileSync(join('test/fixtures/datasets/rows', name)),
  lfs: true
})
const card = { content: Buffer.from('---\nlicense: cc-by-4.0\n---\n') }
const files = {
  'README.md': card,
  'data/train-00000-of-00001.parquet': rows('snappy.parquet'),
  'data/test-00000-of-00001.parquet': rows('zstd.parquet'),
  'raw/train.csv': { content: Buffer.from('text,label\na b,x\n') },
  'ner.py': { content: Buffer.from('print(1)\n') },
  'dataset_infos.json': { content: Buffer.from('{}') }
}
const converted = 'abcdef0123456789abcdef0123456789abcdef01'

test('a data set is listed first, downloaded as Hugging Face lays it out, and opened by name without a network', async () => {
  const hub = await testHub({ repo, files, licence: 'cc-by-4.0' })
  const looked = await hub.lookUp()
  expect(looked).toMatchObject({
    repo,
    commit: testCommit,
    refusal: null,
    folder: null,
    licence: 'cc-by-4.0',
    model: null
  })
  expect(
    looked.files
      .filter(({ use }) => use === 'data')
      .map(({ path }) => path)
      .sort()
      .reverse()
  ).toEqual(['data/train-00000-of-00001.parquet', 'data/test-00000-of-00001.parquet'])
  expect(looked.neededBytes).toBe(
    card.content.length + rows('snappy.parquet').content.length + rows('zstd.parquet').content.length
  )
  expect(existsSync(hub.settings.cacheFolder)).toBe(false)

  const folder = await hub.download()
  expect(folder).toBe(join(hub.settings.cacheFolder, 'datasets--tiny--ner', 'snapshots', testCommit))
  expect(readdirSync(folder).sort()).toEqual(['README.md', 'data'])
  expect(
    existsSync(join(hub.settings.cacheFolder, 'datasets--tiny--ner', 'blobs', sha256(rows('snappy.parquet').content)))
  ).toBe(true)
  expect(cachedDatasets(hub.settings.cacheFolder)).toMatchObject([
    { repo, commit: testCommit, revisions: ['main'], lacks: null }
  ])
  expect(cachedModels(hub.settings.cacheFolder)).toEqual([])

  hub.server.requests.length = 0
  const store = new DatasetStore(undefined, (given) => resolveData(given, hub.settings))
  const { splits, name } = await store.open({ paths: [repo] })
  expect({ name, splits }).toMatchObject({
    splits: [
      { name: 'train', sentences: 40 },
      { name: 'test', sentences: 40 }
    ]
  })
  const train = await store.open({ paths: [`${repo}@${testCommit}`], splitNames: ['train'] })
  expect(train.splits).toMatchObject([{ name: 'train', sentences: 40 }])
  expect(hub.server.requests).toEqual([])
  expect(() => resolveModel(repo, hub.settings)).toThrow("'datasets/tiny/ner' is a data set, not a model.")
})

test('what is not in the cache is named with the command that downloads it', async () => {
  const hub = await testHub({ repo, files })
  expect(() => resolveData(`${repo}@v1:en`, hub.settings)).toThrow(
    "no data set 'datasets/tiny/ner@v1:en' in the cache " +
      `(${hub.settings.cacheFolder}). \`layerscope fetch datasets/tiny/ner@v1:en\` downloads it.`
  )
})

test('a file whose hash is another is not kept', async () => {
  const name = 'data/train-00000-of-00001.parquet'
  const hub = await testHub({ repo, files })
  hub.server.faults.set(name, [{ content: noise(rows('snappy.parquet').content.length) }])
  await expect(hub.download()).rejects.toThrow(name)
  expect(() => resolveData(repo, hub.settings)).toThrow('downloads it')
})

test('of several data sets in a repository, the folder of one is named', async () => {
  const parts = {
    'en/train/0000.parquet': rows('snappy.parquet'),
    'en/validation/0000.parquet': rows('zstd.parquet'),
    'fr/train/0000.parquet': rows('gzip.parquet')
  }
  const hub = await testHub({ repo, files: parts })
  expect((await hub.lookUp()).refusal).toBe(
    'datasets/tiny/ner has several data sets (en, fr); name the folder of one: datasets/tiny/ner:en'
  )
  const looked = await hub.lookUp('main', 'en')
  expect(looked).toMatchObject({ refusal: null, part: 'en' })
  expect(
    looked.files
      .filter(({ use }) => use !== null)
      .map(({ path }) => path)
      .sort()
  ).toEqual(['en/train/0000.parquet', 'en/validation/0000.parquet'])
  const listing = await listModel(hub.client, { repo, revision: 'main', part: 'en' })
  await downloadModel(hub.client, listing, { settings: hub.settings })
  const store = new DatasetStore(undefined, (given) => resolveData(given, hub.settings))
  const { splits } = await store.open({ paths: [`${repo}:en`] })
  expect(splits.map(({ name, sentences }) => [name, sentences])).toEqual([
    ['train', 40],
    ['dev', 40]
  ])
  expect((await hub.lookUp('main', 'de')).refusal).toMatch(
    /^datasets\/tiny\/ner has no folder 'de' with files that Layerscope reads\./
  )
})

test("a data set of a script is had from the hub's conversion to Parquet", async () => {
  const hub = await testHub({
    repo,
    files: { 'README.md': card, 'ner.py': files['ner.py'] },
    converted: {
      revision: 'refs/convert/parquet',
      commit: converted,
      files: { 'default/train/0000.parquet': rows('snappy.parquet'), 'default/test/0000.parquet': rows('zstd.parquet') }
    }
  })
  const looked = await hub.lookUp()
  expect(looked).toMatchObject({ revision: 'refs/convert/parquet', commit: converted, refusal: null })
  expect(looked.notes).toContain(
    "datasets/tiny/ner has no files that are read; these are the hub's conversion of it to Parquet."
  )
  const listing = await listModel(hub.client, { repo, revision: 'refs/convert/parquet' })
  await downloadModel(hub.client, listing, { settings: hub.settings })
  const store = new DatasetStore(undefined, (given) => resolveData(given, hub.settings))
  expect((await store.open({ paths: [repo] })).splits.map(({ name }) => name)).toEqual(['train', 'test'])
})

test('a data set that was downloaded is offered when the hub does not answer', async () => {
  const hub = await testHub({ repo, files })
  await hub.download()
  const offline = { ...hub.settings, offline: true }
  const client = await openHub(offline)
  const looked = await lookUp(client, { repo, revision: 'main' }, offline)
  await client.close()
  expect(looked).toMatchObject({
    missingBytes: 0,
    refusal: null,
    folder: expect.stringContaining(testCommit) as string
  })
  expect(looked.files.map(({ use }) => use)).toEqual(['data', 'data', 'card'])
})
