import { silentJob } from '@shared/jobs'
import { approximateNeighbours } from '@shared/projection/approximateKnn'
import { nearestNeighbours } from '@shared/projection/knn'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { loadModel } from '../src/main/engine/models/loadModel'
import { backendProduct, backendProducts } from '../src/main/engine/services/projectionService'
import { ewtFile, miniLm, report } from './support'

/**
 * 14 neighbours of the first words of EWT train at layer 3 of MiniLM by cosine: the time of the approximate search and
 * the share that it finds, beside the exact search with EXACT=1. WORDS=100000 is the largest projection.
 */
const count = Number(process.env['WORDS'] ?? 40_000)
const layer = 3

const backend = await pickBackend()
const { vectors, width } = await words()
const approximate = await timed(() =>
  approximateNeighbours(vectors, count, width, { k: 14, metric: 'cosine', product: backendProduct, seed: 1 })
)
const exact = process.env['EXACT']
  ? await timed(() => nearestNeighbours(vectors, count, width, { k: 14, metric: 'cosine', products: backendProducts }))
  : null
report('neighbours', {
  backend: backend.title,
  words: count,
  approximate: approximate.seconds,
  recall: approximate.result.recall,
  ...(exact && { exact: exact.seconds })
})

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; seconds: number }> {
  const started = performance.now()
  const result = await work()
  return { result, seconds: (performance.now() - started) / 1000 }
}

async function words(): Promise<{ vectors: Float32Array; width: number }> {
  const datasets = new DatasetStore()
  const { id } = await datasets.open({ paths: [ewtFile('train')], splitNames: ['train'] })
  const model = await loadModel(miniLm)
  const all = new Float32Array(count * model.shape.width)
  let filled = 0
  const { sentences } = datasets.text(id, 'train')
  let [taken, read] = [0, 0]
  while (taken < count) taken += sentences[read++]!.length
  await extractAll(model, sentences.slice(0, read), { pooling: 'first' }, silentJob(), async ({ layers }) => {
    const rows = layers[layer]!.subarray(0, all.length - filled)
    all.set(rows, filled)
    filled += rows.length
  })
  return { vectors: all, width: model.shape.width }
}
