import { silentJob } from '@shared/jobs'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { loadModel } from '../src/main/engine/models/loadModel'
import { ewtFile, median, miniLm, report } from './support'

/**
 * Part of EWT dev through the bundled MiniLM on WebAssembly: one thread and two workers, their start included, in
 * turns. Needs `npm run build`.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const words = Number(process.env['WORDS'] ?? 4000)
const store = new DatasetStore()
const dataset = await store.open({
  paths: [ewtFile('dev')],
  splitNames: ['dev']
})
const all = store.text(dataset.id, 'dev').sentences
let taken = 0
const sentences = all.filter((sentence) => (taken += sentence.length) <= words)
await pickBackend({ prefer: 'wasm' })
const model = await loadModel(miniLm)

async function run(threads: number): Promise<{ wall: number; processor: number }> {
  process.env['LAYERSCOPE_THREADS'] = String(threads)
  const started = performance.now()
  const before = process.cpuUsage()
  await extractAll(model, sentences, { pooling: 'first' }, silentJob(), () => undefined)
  const { user, system } = process.cpuUsage(before)
  return { wall: (performance.now() - started) / 1000, processor: (user + system) / 1e6 }
}

const one: Awaited<ReturnType<typeof run>>[] = []
const two: typeof one = []
for (let round = 0; round < rounds; round++) {
  one.push(await run(1))
  two.push(await run(2))
}
const seconds = (runs: typeof one): object => ({
  median: median(runs.map(({ wall }) => wall)),
  processor: median(runs.map(({ processor }) => processor))
})
report('wasmWorkers', {
  words,
  oneThread: seconds(one),
  twoWorkers: seconds(two),
  ratio: median(one.map(({ wall }) => wall)) / median(two.map(({ wall }) => wall)),
  wanted: 1.7
})
