import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { findModel } from '../src/main/engine/models/kinds'
import type { LoadedModel } from '../src/main/engine/models/model'
import { writeHalvedCheckpoint } from './lib/halvedCheckpoint'
import { writeRandomCheckpoint } from './lib/randomCheckpoint'
import { ewtFile, median, miniLm, report } from './support'

/**
 * Word vectors of all layers of a Llama (16 layers, 768 wide, BF16, random weights) whose blocks are read from the disk
 * for every chunk, against the same model in memory, in processor time; the files are in the page cache. `ratio` is
 * streamed / (in memory + reading all weights once a chunk), where reading is what opening the model takes.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const words = 3000
const chunkWords = 1000

const backend = await pickBackend({ prefer: 'tensorflow' })
const store = new DatasetStore()
const { id } = await store.open({ paths: [ewtFile('dev')], splitNames: ['dev'] })
const sentences: (readonly string[])[] = []
for (const sentence of store.text(id, 'dev').sentences) if (sentences.flat().length < words) sentences.push(sentence)

const folder = mkdtempSync(join(tmpdir(), 'layerscope-streamed-'))
writeRandomCheckpoint(join(folder, 'whole'), 'llama', {
  layers: 16,
  width: 768,
  heads: 12,
  mlpWidth: 2048,
  vocabulary: 30_522,
  maxTokens: 512
})
const path = join(folder, 'halves')
writeHalvedCheckpoint(join(folder, 'whole'), path, 'BF16')
for (const file of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(miniLm, file), join(path, file))

async function secondsOf<T>(work: () => Promise<T>): Promise<[number, T]> {
  const started = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(started)
  return [(user + system) / 1e6, result]
}

async function load(streamed: boolean): Promise<LoadedModel> {
  const found = await findModel(path)
  const model = await found.load({ bundled: false, untrained: null, streamed, job: silentJob() })
  found.close()
  return model
}

async function extract(model: LoadedModel): Promise<{ chunks: number; subwords: number }> {
  let [chunks, subwords] = [0, 0]
  await extractAll(model, sentences, { pooling: 'first', chunkWords }, silentJob(), (vectors) => {
    chunks++
    subwords += vectors.subwords
  })
  return { chunks, subwords }
}

const [opened, held, streamed]: number[][] = [[], [], []]
let counts = { chunks: 0, subwords: 0 }
for (let round = 0; round < rounds + 1; round++) {
  const [opening, model] = await secondsOf(() => load(false))
  const [inMemory] = await secondsOf(() => extract(model))
  model.dispose()
  const reading = await load(true)
  const [inBlocks, counted] = await secondsOf(() => extract(reading))
  reading.dispose()
  counts = counted
  // The first round warms caches up.
  if (round === 0) continue
  opened!.push(opening)
  held!.push(inMemory)
  streamed!.push(inBlocks)
}
report('streamed', {
  backend: backend.title,
  ...counts,
  opening: { processorSeconds: median(opened!), rounds: opened },
  inMemory: { processorSeconds: median(held!), rounds: held },
  streamed: { processorSeconds: median(streamed!), rounds: streamed },
  ratio: median(streamed!.map((seconds, i) => seconds / (held![i]! + counts.chunks * opened![i]!))),
  wanted: 'at most 1.5'
})
rmSync(folder, { recursive: true })
