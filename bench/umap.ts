import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { nearestNeighbours } from '@shared/projection/knn'
import { principalComponents } from '@shared/projection/pca'
import { trustworthiness } from '@shared/projection/trustworthiness'
import { startFromPrincipal, umap } from '@shared/projection/umap'
import type { Metric } from '@shared/projection'
import { UMAP } from 'umap-js'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { loadModel } from '../src/main/engine/models/loadModel'
import { backendProducts } from '../src/main/engine/services/projectionService'
import { ewtFile, median, miniLm, peer, report } from './support'

/**
 * UMAP of the first 5,000 words of EWT dev at layer 3 of the bundled MiniLM (384 wide), from vectors to layout as the
 * app does it: principal components, exact neighbours by the backend's matrix product, 500 epochs. Against umap-learn
 * warm (peers/umap_peer.py, with as many threads as it likes) and against umap-js's optimiser given the same
 * neighbours. Ours runs before and after the peer, so that both meet the same machine; scikit-learn judges all layouts
 * where it is there.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const count = 5000
const layer = 3
const neighbourhood = 15

const backend = await pickBackend()
const { vectors, width } = await words()
for (const metric of ['euclidean', 'cosine'] as const) await compare(metric)

interface Run {
  seconds: Record<'principal' | 'neighbours' | 'layout' | 'all', number>
  positions: Float32Array
}

async function ours(metric: Metric, seed: number): Promise<Run> {
  const started = performance.now()
  const { scores } = await principalComponents(vectors, count, width, { components: 2 })
  const afterPrincipal = performance.now()
  const neighbours = await nearestNeighbours(vectors, count, width, {
    k: neighbourhood,
    metric,
    products: backendProducts
  })
  const afterNeighbours = performance.now()
  const layout = umap(neighbours, startFromPrincipal(scores, 2, seed), { neighbourhood, seed })
  layout.step(layout.epochs)
  const ended = performance.now()
  const seconds = {
    principal: (afterPrincipal - started) / 1000,
    neighbours: (afterNeighbours - afterPrincipal) / 1000,
    layout: (ended - afterNeighbours) / 1000,
    all: (ended - started) / 1000
  }
  return { seconds, positions: layout.positions() }
}

/**
 * umap-js with the neighbours given: its own search would take longer still. It counts the point itself as its first
 * neighbour.
 */
async function umapJs(metric: Metric): Promise<Run['seconds']['all']> {
  const { indices, distances, k } = await nearestNeighbours(vectors, count, width, {
    k: neighbourhood - 1,
    metric,
    products: backendProducts
  })
  const rows = Array.from({ length: count }, (_, i) => Array.from(vectors.subarray(i * width, (i + 1) * width)))
  const row = (values: Int32Array | Float32Array, i: number): number[] =>
    Array.from(values.subarray(i * k, (i + 1) * k))
  const started = performance.now()
  const theirs = new UMAP({ nNeighbors: neighbourhood, minDist: 0.1, nEpochs: 500 })
  theirs.setPrecomputedKNN(
    rows.map((_, i) => [i, ...row(indices, i)]),
    rows.map((_, i) => [0, ...row(distances, i)])
  )
  theirs.fit(rows)
  return (performance.now() - started) / 1000
}

async function compare(metric: Metric): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
  try {
    writeFileSync(join(folder, 'vectors.f32'), vectors)
    await ours(metric, 0)
    const runs: Run[] = []
    const round = async (): Promise<void> => {
      for (let i = 0; i < rounds; i++) runs.push(await ours(metric, runs.length + 1))
    }
    await round()
    runs.forEach(({ positions }, i) => writeFileSync(join(folder, `ours ${i}.layout.f32`), positions))
    const theirs = peer<{ first: number; warm: number[]; trustworthiness: Record<string, number>; umap: string }>(
      'umap_peer.py',
      [folder, String(width), metric, String(rounds)]
    )
    await round()
    const judged = (name: string): number[] =>
      Object.entries(theirs?.trustworthiness ?? {}).flatMap(([key, value]) => (key.startsWith(name) ? value : []))
    const own = await Promise.all(
      runs.slice(0, rounds).map(({ positions }) =>
        trustworthiness(vectors, count, width, positions, {
          neighbours: neighbourhood,
          metric,
          products: backendProducts
        })
      )
    )
    const seconds = (part: keyof Run['seconds']): number => median(runs.map((run) => run.seconds[part]))
    report(`umap, ${metric}`, {
      backend: backend.title,
      words: count,
      ours: {
        seconds: seconds('all'),
        best: Math.min(...runs.map((run) => run.seconds.all)),
        principal: seconds('principal'),
        neighbours: seconds('neighbours'),
        layout: seconds('layout'),
        rounds: runs.map((run) => run.seconds.all),
        trustworthiness: median(own)
      },
      theirs: theirs && {
        name: `umap-learn ${theirs.umap}, warm`,
        seconds: median(theirs.warm),
        best: Math.min(...theirs.warm),
        first: theirs.first,
        rounds: theirs.warm,
        trustworthiness: median(judged('umap-learn'))
      },
      scikitLearnOnOurs: theirs && median(judged('ours')),
      umapJs: { seconds: await umapJs(metric) },
      ratio: theirs && median(theirs.warm) / seconds('all'),
      // Other programs only ever make a run slower, and they slow umap-learn's two threads more than our one.
      ratioOfBest: theirs && Math.min(...theirs.warm) / Math.min(...runs.map((run) => run.seconds.all)),
      wanted: { ratio: 1, trustworthiness: 0.94 }
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The word vectors, by the app's own extraction: first subwords, as the peers' reference takes them. */
async function words(): Promise<{ vectors: Float32Array; width: number }> {
  const store = new DatasetStore()
  const dataset = await store.open({ paths: [ewtFile('dev')], splitNames: ['dev'] })
  const { sentences } = store.text(dataset.id, 'dev')
  const model = await loadModel(miniLm)
  const parts: Float32Array[] = []
  await extractAll(model, sentences.slice(0, 600), { pooling: 'first' }, silentJob(), ({ layers }) => {
    parts.push(layers[layer]!.slice())
  })
  model.dispose()
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0))
  let offset = 0
  for (const part of parts) {
    all.set(part, offset)
    offset += part.length
  }
  const modelWidth = model.shape.width
  if (all.length < count * modelWidth) throw new Error(`The first 600 sentences hold fewer than ${count} words.`)
  return { vectors: all.slice(0, count * modelWidth), width: modelWidth }
}
