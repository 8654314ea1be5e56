import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { JobCancelled } from '../../src/shared/jobs'
import { localRunner, type BatchRunner } from '../../src/main/engine/activations/batchRunner'
import { extractChunk, type Chunk, type ChunkVectors } from '../../src/main/engine/activations/extract'
import { startWorkers, workerCount } from '../../src/main/engine/activations/workerRunner'
import { pickBackend } from '../../src/main/engine/backends/pick'
import { loadModel } from '../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../src/main/engine/models/model'
import { resourcePath } from '../../src/main/engine/paths'
import { temporaryFolder } from './fixtures/testHost'

// Workers are a file of the built app; what they compute is compared with this process, bit for bit.

const text =
  'The quick brown fox jumps over the lazy dog while nobody at all is watching it from the extraordinarily tall window'.split(
    ' '
  )
const sentences = Array.from({ length: 32 }, (_, i) => [...text.slice(i % 19), ...text.slice(0, i % 7)])
const chunk: Chunk = {
  first: 0,
  last: sentences.length,
  row: 0,
  words: sentences.reduce((sum, words) => sum + words.length, 0)
}
let model: LoadedModel
let alone: ChunkVectors

beforeAll(async () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/build.mjs', '--if-needed'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The app could not be built: ${stderr}`)
  expect((await pickBackend({ prefer: 'wasm' })).name).toBe('wasm')
  model = await loadModel(resourcePath('models', 'all-MiniLM-L6-v2'))
  alone = await extract(localRunner(model))
})
afterAll(() => model.dispose())

function extract(runner: BatchRunner, onTokens: () => Promise<void> = () => Promise.resolve()): Promise<ChunkVectors> {
  return extractChunk(model, runner, sentences, chunk, 'mean', onTokens)
}

async function workers(count: number, file?: string): Promise<BatchRunner> {
  const runner = await startWorkers(model, count, file)
  onTestFinished(() => runner.close())
  return runner
}

/** Byte by byte: millions of numbers compared one by one would take longer than computing them. */
function expectAlone({ layers, ...rest }: ChunkVectors): void {
  expect(rest).toEqual({ chunk: alone.chunk, missing: alone.missing, subwords: alone.subwords })
  const bytes = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer)
  expect(layers.map((values, i) => Buffer.compare(bytes(values), bytes(alone.layers[i]!)))).toEqual(
    alone.layers.map(() => 0)
  )
}

test('two workers give what one process gives, bit for bit', async () => {
  const runner = await workers(2)
  expect(runner.parallel).toBe(2)
  expectAlone(await extract(runner))
})

test('a cancelled extraction ends, and what was on its way is dropped', async () => {
  const runner = await workers(2)
  const running = extract(runner, () => Promise.reject(new JobCancelled('Reading')))
  await expect(running).rejects.toThrow('Reading was cancelled.')
  runner.close()
  await expect(extract(runner)).rejects.toThrow('The extraction was ended.')
})

test('batches of a worker that is lost are computed all the same', async () => {
  const file = join(await temporaryFolder(), 'lost.mjs')
  writeFileSync(
    file,
    `
    import { parentPort } from 'node:worker_threads'
    parentPort.on('message', () => process.exit(3))
    parentPort.postMessage({ kind: 'ready', model: '${model.info.id}' })`
  )
  const runner = await workers(2, file)
  expect(runner.parallel).toBe(2)
  expectAlone(await extract(runner))
})

test('this process computes where no worker can be started, or the checkpoint has become another', async () => {
  const file = join(await temporaryFolder(), 'other.mjs')
  writeFileSync(
    file,
    `import { parentPort } from 'node:worker_threads'\nparentPort.postMessage({ kind: 'ready', model: 'another' })`
  )
  for (const runner of [await workers(2, '/nowhere/worker.js'), await workers(2, file)]) {
    expect(runner.parallel).toBe(1)
    expectAlone(await extract(runner))
  }
})

test('what a worker cannot compute is an error, not a lost worker', async () => {
  const runner = await workers(1)
  const batch = {
    input: { lengths: [1], ids: Int32Array.of(-1), mask: null, segments: null },
    spans: { starts: new Int32Array(1), counts: new Int32Array(1).fill(1), targets: new Int32Array(1) }
  }
  await expect(runner.run(batch, [])).rejects.toThrow('The input has the token id -1')
})

test('memory and the size of the work limit the number of workers', () => {
  const each = model.info.parameters * 4 + 200 * 2 ** 20
  expect(workerCount(model, 100, 2 ** 40)).toBe(1)
  expect(workerCount(model, 10_000, each)).toBe(1)
  process.env.LAYERSCOPE_THREADS = '3'
  onTestFinished(() => void delete process.env.LAYERSCOPE_THREADS)
  expect(workerCount(model, 10_000, 2 ** 40)).toBe(3)
  expect(workerCount(model, 10_000, each * 4)).toBe(2)
})
