import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync, utimesSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { extractAll } from '../../../src/main/engine/activations/extract'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { nativeState } from '../../../src/main/engine/backends/provision/provision'
import { findModel } from '../../../src/main/engine/models/kinds'
import { planOpening } from '../../../src/main/engine/models/memory/memoryPlan'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { ModelService } from '../../../src/main/engine/services/modelService'
import { writeSparseLlama } from './fixtures/sparseLlama'

const native = nativeState()
if (native.state !== 'ready') console.warn(`Models a block at a time are left out of this run: ${native.reason}`)

const fixtures = 'test/fixtures/parity'
const bundled = 'resources/models/all-MiniLM-L6-v2'
const folder = mkdtempSync(join(tmpdir(), 'layerscope-streamed-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function load(path: string, streamed: boolean): Promise<LoadedModel> {
  const found = await findModel(path)
  const model = await found.load({ bundled: false, untrained: null, streamed, job: silentJob() })
  found.close()
  return model
}

describe.runIf(native.state === 'ready')('on native TensorFlow', () => {
  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
  })

  const families = ['bert', 't5', 'gemma2', 'deberta-v2', 'mamba', 'gpt2--bf16', 'llama--f16', 'mixtral--bf16']
  test.each(families)('%s a block at a time: the same bits, and nothing is left in memory', async (name) => {
    const values = async (streamed: boolean): Promise<{ values: Float32Array[]; bytes: number }> => {
      const before = tf.memory().numBytes
      const model = await load(join(fixtures, name), streamed)
      const held = tf.memory().numBytes - before
      const input = { lengths: [5, 3], ids: Int32Array.of(7, 31, 12, 70, 9, 44, 5, 6), mask: null, segments: null }
      const wanted = { hiddenStates: true, attentions: true, logits: model.hasHead }
      // Within a computation that frees what is made meanwhile.
      tf.tidy(() => void model.run(input, wanted))
      const run = model.run(input, wanted)
      const tensors = [...run.hiddenStates, ...run.attentions.filter((map) => map !== null), run.logits ?? []].flat()
      const values = tensors.map((tensor) => tensor.dataSync<'float32'>())
      tf.dispose(tensors)
      model.dispose()
      expect(tf.memory().numBytes).toBe(before)
      return { values, bytes: held }
    }
    const [held, streamed] = [await values(false), await values(true)]
    expect(streamed.values).toEqual(held.values)
    expect(streamed.bytes).toBeLessThan(held.bytes)
  })

  test('word vectors of a corpus, in chunks of another size: the same bits', async () => {
    const sentences = Array.from({ length: 40 }, (_, i) =>
      'The quick brown fox , unbelievably , jumps over 13 lazy dogs'.split(' ').slice(i % 7, 5 + (i % 9))
    )
    const vectors = async (streamed: boolean, chunkWords: number): Promise<Float32Array[]> => {
      const model = await load(bundled, streamed)
      const layers: Float32Array[][] = Array.from({ length: 7 }, () => [])
      let done = 0
      const job = { ...silentJob(), progress: (now: number) => expect(now).toBeGreaterThanOrEqual((done = now)) }
      await extractAll(model, sentences, { pooling: 'mean', chunkWords }, job, (chunk) =>
        chunk.layers.forEach((values, layer) => layers[layer]!.push(values))
      )
      expect(done).toBe(sentences.flat().length)
      model.dispose()
      return layers.map((pieces) => Float32Array.from(pieces.flatMap((piece) => [...piece])))
    }
    expect(await vectors(true, 60)).toEqual(await vectors(false, 1000))
  })

  test('an extraction that goes on in chunks of another size begins where the earlier one stopped', async () => {
    const sentences = Array.from({ length: 12 }, (_, i) => ['one', 'two', 'three'].slice(0, 1 + (i % 3)))
    const model = await load(bundled, false)
    const chunks: { first: number; last: number; row: number; words: number }[] = []
    await extractAll(
      model,
      sentences,
      { pooling: 'first', chunkWords: 8, skipSentences: 5 },
      silentJob(),
      ({ chunk }) => void chunks.push(chunk)
    )
    model.dispose()
    expect(chunks).toEqual([
      { first: 5, last: 8, row: 9, words: 6 },
      { first: 8, last: 11, row: 15, words: 6 },
      { first: 11, last: 12, row: 21, words: 3 }
    ])
  })

  test('files that change while a model is open are refused, not mixed', async () => {
    const path = join(folder, 'changing')
    cpSync(join(fixtures, 'llama--f16'), path, { recursive: true })
    const model = await load(path, true)
    utimesSync(join(path, 'model.safetensors'), 1, 1)
    const input = { lengths: [2], ids: Int32Array.of(7, 31), mask: null, segments: null }
    const before = tf.memory().numTensors
    expect(() => model.run(input, { hiddenStates: true, attentions: false })).toThrow('changed while they were read')
    expect(tf.memory().numTensors).toBe(before)
    model.dispose()
  })

  test('a model that does not fit is opened so, and says it; one of which no block fits is refused', async () => {
    const found = await findModel(bundled)
    const plan = found.plan(null)!
    found.close()
    const memory = (available: number) => ({ available, total: 2 ** 30, of: 'setting' }) as const
    expect(planOpening('MiniLM', plan, memory(plan.peak))).toEqual({ streamed: false, peak: plan.peak })
    expect(planOpening('MiniLM', plan, memory(plan.peak - 1))).toEqual({ streamed: true, peak: plan.streamed!.peak })
    expect(() => planOpening('MiniLM', plan, memory(plan.streamed!.peak - 1))).toThrow(
      /^MiniLM needs 0\.2\d GiB of memory to open \(22\.\d million parameters as F16 numbers, as they are stored\), or 0\.1\d GiB a block at a time, but of the 1\.00 GiB that LAYERSCOPE_MEMORY allows only 0\.1\d GiB are free\. Allow more, or open a smaller model\.$/
    )
    const models = new ModelService(() => memory(plan.peak - 1))
    const info = await models.open(bundled, silentJob())
    expect(info.memory).toEqual({ ...plan.streamed, kept: 'F16', streamed: true })
    expect(info.notes[0]).toMatch(/^The model does not fit into memory, for which it needs 0\.\d\d GiB: its blocks are/)
  })

  test.runIf(process.platform === 'linux')(
    'weights four times as large as what the process may take: all layers, within that',
    async () => {
      await build({
        configFile: false,
        logLevel: 'silent',
        resolve: { alias: { '@shared': resolve('src/shared') } },
        build: {
          ssr: resolve('test/engine/models/fixtures/extractWithin.ts'),
          // Beside the built program, from where packages are found.
          outDir: resolve('out/test'),
          emptyOutDir: false,
          rolldownOptions: { output: { entryFileNames: 'extractWithin.mjs' } }
        }
      })
      const allowed = 560 * 2 ** 20
      const bytes = writeSparseLlama(join(folder, 'sparse'), 70, 1024, 4096)
      expect(bytes).toBeGreaterThan(4 * allowed)
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [resolve('out/test/extractWithin.mjs'), join(folder, 'sparse'), '6'],
        { encoding: 'utf8', env: { ...process.env, LAYERSCOPE_MEMORY: '560M' } }
      )
      expect(stderr).toBe('')
      const { peak, ...rest } = JSON.parse(stdout) as Record<string, unknown>
      expect(rest).toEqual({ streamed: true, chunks: 1, layers: 71 })
      expect(peak).toBeLessThan(allowed)
    },
    300_000
  )
})
