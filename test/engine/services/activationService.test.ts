import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { JobCancelled, silentJob, type JobHandle } from '@shared/jobs'
import { currentBackend, pickBackend } from '../../../src/main/engine/backends/pick'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { cacheNotes } from '../../../src/main/engine/files/cacheNotes'
import { MeasuredPaces } from '../../../src/main/engine/jobs/measuredPaces'
import { ActivationService } from '../../../src/main/engine/services/activationService'
import { ModelService } from '../../../src/main/engine/services/modelService'

const models = new ModelService()
const datasets = new DatasetStore()
let root: string
let modelId: string
let datasetId: string
const paces = (): MeasuredPaces => new MeasuredPaces(() => join(root, 'paces.json'))
const service = (): ActivationService =>
  new ActivationService(models, (id, split) => datasets.text(id, split), paces(), root, 400)
const request = (maxWords: number | null) => ({ modelId, datasetId, split: 'dev', pool: 'first' as const, maxWords })

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'layerscope-activations-'))
  const report = await pickBackend()
  console.info(`Extraction is tested on ${report.title}.`)
  modelId = (await models.open('resources/models/all-MiniLM-L6-v2', silentJob())).id
  datasetId = (await datasets.open({ paths: ['resources/datasets/ud_english-ewt'] })).id
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

test('a cancelled extraction goes on where it stopped and gives the same numbers', async () => {
  // Chunks of at most 400 words; cancelled in the third.
  const words = 1200
  let seen = 0
  const impatient: JobHandle = {
    ...silentJob(),
    progress: (done) => {
      seen = done
    },
    yield: () => (seen > 900 ? Promise.reject(new JobCancelled()) : Promise.resolve())
  }
  await expect(service().ensure(request(words), impatient)).rejects.toThrow(JobCancelled)
  const starts: number[] = []
  const resumed = await service().ensure(request(words), { ...silentJob(), progress: (done) => starts.push(done) })
  expect(starts[0]).toBeGreaterThan(700)
  const interrupted = resumed.layer(4)
  rmSync(root, { recursive: true })
  const whole = await service().ensure(request(words), silentJob())
  expect(whole.words).toBe(resumed.words)
  expect(Buffer.from(interrupted.buffer).equals(Buffer.from(whole.layer(4).buffer))).toBe(true)
})

test('vectors altered on disk are computed again, from the damaged chunk on, with a note', async () => {
  const sound = (await service().ensure(request(1200), silentJob())).layer(4)
  const folder = readdirSync(root).find((name) => existsSync(join(root, name, 'manifest.json')))!
  const path = join(root, folder, 'blocks.3.resid_post.safetensors')
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0, Math.floor(bytes.length / 2), Math.floor(bytes.length / 2) + 4096))
  expect(await service().find(request(1200))).toBeNull()
  const starts: number[] = []
  const job = { ...silentJob(), progress: (done: number) => starts.push(done) }
  const again = (await service().ensure(request(1200), job)).layer(4)
  expect(starts[0]).toBeGreaterThan(300)
  expect(Buffer.from(again.buffer).equals(Buffer.from(sound.buffer))).toBe(true)
  expect([...cacheNotes.values()]).toContain(
    `The word vectors stored in ${path} were damaged. They were computed again.`
  )
})

test('so are those of a whole text', async () => {
  const small = (await datasets.open({ paths: ['test/fixtures/datasets/pud/en_pud.conllu'], splitNames: ['whole'] })).id
  const whole = { ...request(null), datasetId: small, split: 'whole' }
  const before = new Set(readdirSync(root))
  const sound = (await service().ensure(whole, silentJob())).layer(2)
  const folder = readdirSync(root).find((name) => !before.has(name))!
  const path = join(root, folder, 'blocks.1.resid_post.safetensors')
  const bytes = readFileSync(path)
  writeFileSync(path, bytes.fill(0, bytes.length - 500))
  const again = (await service().ensure(whole, silentJob())).layer(2)
  expect(Buffer.from(again.buffer).equals(Buffer.from(sound.buffer))).toBe(true)
  expect([...cacheNotes.values()]).toContain(
    `The word vectors stored in ${path} were damaged. They were computed again.`
  )
})

test('what is on disk is not computed again, and a longer text serves a shorter one', async () => {
  const estimate = await service().estimate(request(1200))
  expect(estimate).toMatchObject({ cached: true, seconds: 0, diskBytes: 0 })
  const never: JobHandle = {
    ...silentJob(),
    progress: () => {
      throw new Error('nothing should be computed')
    }
  }
  const found = await service().ensure(request(1200), never)
  expect(found.words).toBeGreaterThanOrEqual(1200)
})

test('an estimate tells words, subwords, disk and a time', async () => {
  const estimate = await service().estimate(request(2000))
  expect(estimate.cached).toBe(false)
  expect(estimate.words).toBeGreaterThanOrEqual(2000)
  expect(estimate.words).toBeLessThan(2200)
  expect(estimate.subwords).toBeGreaterThan(estimate.words)
  expect(estimate.diskBytes).toBe(estimate.words * 7 * 384 * 2)
  expect(estimate.seconds).toBeGreaterThan(0)
})

test('extraction leaves no tensor behind', async () => {
  const before = tf.memory().numTensors
  await service().ensure(request(600), silentJob())
  expect(tf.memory().numTensors).toBe(before)
})

test('first, last and mean pooling differ where a word has several pieces and agree where it has one', async () => {
  const [first, last, mean] = await Promise.all(
    (['first', 'last', 'mean'] as const).map((pool) => service().ensure({ ...request(300), pool }, silentJob()))
  )
  const model = models.get(modelId)
  const words = datasets.words(datasetId, 'dev').forms.slice(0, first!.words)
  const layers = [first!.layer(3), last!.layer(3), mean!.layer(3)]
  let several = 0
  words.forEach((word, i) => {
    const rows = layers.map((layer) => layer.slice(i * 384, (i + 1) * 384))
    const same = rows.every((row) => row.every((value, d) => value === rows[0]![d]))
    const pieces = model.needTokenizer().piecesOf(word).length
    if (pieces > 1) several++
    expect(same, word).toBe(pieces === 1)
  })
  expect(several).toBeGreaterThan(10)
})

test('an estimate follows what extraction took on this machine', async () => {
  const engine = service()
  const before = await engine.estimate(request(2000))
  const kind = `${currentBackend()!.name} extract`
  for (let run = 0; run < 5; run++) paces().learn(kind, 1, 3)
  expect((await engine.estimate(request(2000))).seconds).toBeCloseTo(3 * before.seconds, 6)
  rmSync(join(root, 'paces.json'))
})
