import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { loadModel } from '../src/main/engine/models/loadModel'
import { resourcePath } from '../src/main/engine/paths'
import { runProbe, type ProbeItems, type ProbeRunOutcome } from '../src/main/engine/probes/probeRunner'
import { median, peer, report } from './support'

/**
 * Linear probes on all seven layers of the bundled MiniLM for UPOS and for deprel, trained on EWT dev (25,147 words) and tested on its test split,
 * against scikit-learn's LogisticRegression layer by layer on the same vectors (peers/probe_peer.py). Ours is the whole run as the app does it: reading,
 * standardising, solving, scoring, bootstrap intervals, baselines; once more with the control task. Theirs is scaler, fit and score, without reading.
 * Ours runs before and after the peer, so that both meet the same machine.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const tasks = (process.env['TASKS'] ?? 'upos,deprel').split(',')
const splits = ['train', 'test'] as const
type Split = (typeof splits)[number]

const backend = await pickBackend()
const folder = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
try {
  const data = await prepare()
  for (const task of tasks) await compare(task, data)
} finally {
  rmSync(folder, { recursive: true, force: true })
}

interface Prepared {
  width: number
  layers: number[]
  items(task: string, split: Split): ProbeItems
  classes(task: string): string[]
}

/** Word vectors of both splits on disk, one file a layer, and the labels beside them for the peer. */
async function prepare(): Promise<Prepared> {
  const store = new DatasetStore()
  const ewt = resourcePath('datasets', 'ud_english-ewt')
  const dataset = await store.open({ paths: ['dev', 'test'].map((name) => join(ewt, `en_ewt-ud-${name}.conllu.gz`)), splitNames: [...splits] })
  const model = await loadModel(resourcePath('models', 'all-MiniLM-L6-v2'))
  const { width } = model.config
  const layers = Array.from({ length: model.config.layers + 1 }, (_, layer) => layer)
  for (const split of splits) {
    const files = layers.map((layer) => openSync(path(split, layer), 'w'))
    await extractAll(model, store.text(dataset.id, split).sentences, { pooling: 'first' }, silentJob(), ({ layers: vectors }) => {
      vectors.forEach((values, layer) => writeSync(files[layer]!, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)))
    })
    files.forEach((file) => closeSync(file))
  }
  model.dispose()
  const labels = Object.fromEntries(tasks.map((task) => [task, Object.fromEntries(splits.map((split) => [split, Array.from(store.labels(dataset.id, split, task).ids)]))]))
  writeFileSync(join(folder, 'meta.json'), JSON.stringify({ width, layers, labels }))
  return {
    width,
    layers,
    classes: (task) => store.labels(dataset.id, 'train', task).classes,
    items(task, split) {
      const { forms, sentence } = store.words(dataset.id, split)
      return {
        items: forms.length,
        classes: store.labels(dataset.id, split, task).ids,
        types: forms.map((form) => form.toLowerCase()),
        sentences: sentence,
        vectors: (layer) => {
          const bytes = readFileSync(path(split, layer))
          return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4)
        }
      }
    }
  }
}

function path(split: Split, layer: number): string {
  return join(folder, `${split}-${layer}.f32`)
}

interface Run {
  seconds: number
  outcome: ProbeRunOutcome
}

async function ours(task: string, data: Prepared, control: boolean): Promise<Run> {
  const [train, test] = splits.map((split) => data.items(task, split)) as [ProbeItems, ProbeItems]
  const started = performance.now()
  const outcome = await runProbe({
    layers: data.layers,
    width: data.width,
    train,
    test,
    classes: data.classes(task),
    options: { probe: defaultMethod('linear'), control, seed: 1 },
    job: silentJob()
  })
  return { seconds: (performance.now() - started) / 1000, outcome }
}

async function compare(task: string, data: Prepared): Promise<void> {
  const runs: Run[] = []
  const controls: Run[] = []
  const round = async (): Promise<void> => {
    runs.push(await ours(task, data, false))
    controls.push(await ours(task, data, true))
  }
  // The first run of a process compiles; it is not counted.
  await ours(task, data, false)
  await round()
  const theirs = peer<{ seconds: number; layers: { accuracy: number; iterations: number }[] }>('probe_peer.py', [folder, task])
  for (let i = 1; i < rounds; i++) await round()

  const { summary } = runs[0]!.outcome
  const accuracy = summary.layers.map((layer) => 100 * layer.accuracy)
  const theirAccuracy = theirs?.layers.map((layer) => 100 * layer.accuracy)
  const seconds = median(runs.map((run) => run.seconds))
  report(`probe ${task}`, {
    backend: backend.title,
    words: [summary.trainWords, summary.testWords],
    load: loadavg(),
    ours: { seconds, rounds: runs.map((run) => run.seconds), accuracy, iterations: summary.layers.map((layer) => layer.iterations), parts: runs[0]!.outcome.seconds },
    control: { seconds: median(controls.map((run) => run.seconds)), rounds: controls.map((run) => run.seconds) },
    theirs: theirs ? { name: 'scikit-learn', seconds: theirs.seconds, accuracy: theirAccuracy, iterations: theirs.layers.map((layer) => layer.iterations) } : null,
    difference: theirAccuracy ? Math.max(...accuracy.map((value, i) => Math.abs(value - theirAccuracy[i]!))) : null,
    ratio: theirs ? theirs.seconds / seconds : null,
    wanted: 10
  })
}
