import { closeSync, mkdtempSync, openSync, readSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { extractAll } from '../src/main/engine/activations/extract'
import { pickBackend } from '../src/main/engine/backends/pick'
import { DatasetStore } from '../src/main/engine/datasets/datasetStore'
import { loadModel } from '../src/main/engine/models/loadModel'
import { runProbe, type ProbeItems, type ProbeRunOutcome } from '../src/main/engine/probes/probeRunner'
import { ewtFile, median, miniLm, peer, report } from './support'

/**
 * Linear probes on all seven layers of the bundled MiniLM for UPOS and for deprel, trained on EWT dev (25,147 words)
 * and tested on its test split, against scikit-learn's LogisticRegression layer by layer on the same vectors
 * (peers/probe_peer.py). Ours is the whole run as the app does it: reading, standardising, solving, scoring, bootstrap
 * intervals, baselines; once more with the control task, and with five seeds of it. Theirs is scaler, fit and score,
 * without reading. Ours runs before and after the peer, so that both meet the same machine. `SEEDS=` leaves the seeds
 * out.
 */
const rounds = Number(process.env['ROUNDS'] ?? 3)
const manySeeds = Number(process.env['SEEDS'] ?? 5)
const tasks = (process.env['TASKS'] ?? 'upos,deprel').split(',')
const splits = ['train', 'test'] as const
type Split = (typeof splits)[number]

const backend = await pickBackend()
const folder = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
try {
  const data = await prepare()
  const totals: Totals[] = []
  for (const task of tasks) totals.push(await compare(task, data))
  reportSum(totals)
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
  const dataset = await store.open({
    paths: [ewtFile('dev'), ewtFile('test')],
    splitNames: [...splits]
  })
  const model = await loadModel(miniLm)
  const { width } = model.shape
  const layers = Array.from({ length: model.shape.layers + 1 }, (_, layer) => layer)
  for (const split of splits) {
    const files = layers.map((layer) => openSync(path(split, layer), 'w'))
    await extractAll(
      model,
      store.text(dataset.id, split).sentences,
      { pooling: 'first' },
      silentJob(),
      ({ layers: vectors }) => {
        vectors.forEach((values, layer) =>
          writeSync(files[layer]!, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
        )
      }
    )
    files.forEach((file) => closeSync(file))
  }
  model.dispose()
  const labels = Object.fromEntries(
    tasks.map((task) => [
      task,
      Object.fromEntries(splits.map((split) => [split, Array.from(store.labels(dataset.id, split, task).ids)]))
    ])
  )
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
        vectors: (layer, room) => {
          const bytes = statSync(path(split, layer)).size
          const values = room?.byteLength === bytes ? room : new Float32Array(bytes / 4)
          const file = openSync(path(split, layer), 'r')
          readSync(file, new Uint8Array(values.buffer, values.byteOffset, bytes), 0, bytes, 0)
          closeSync(file)
          return values
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
  /** Seconds of processor time, of all threads. */
  processor: number
  outcome: ProbeRunOutcome
}

/** Seconds and seconds of processor time. */
interface Totals {
  ours: [number, number]
  theirs: [number, number] | null
}

async function ours(task: string, data: Prepared, control: boolean, seeds = 1): Promise<Run> {
  const [train, test] = splits.map((split) => data.items(task, split)) as [ProbeItems, ProbeItems]
  const started = performance.now()
  const used = process.cpuUsage()
  const outcome = await runProbe({
    layers: data.layers,
    width: data.width,
    train,
    test,
    classes: data.classes(task),
    options: { probe: defaultMethod('linear'), control, seed: 1, seeds },
    job: silentJob()
  })
  const { user, system } = process.cpuUsage(used)
  return { seconds: (performance.now() - started) / 1000, processor: (user + system) / 1e6, outcome }
}

async function compare(task: string, data: Prepared): Promise<Totals> {
  const runs: Run[] = []
  const controls: Run[] = []
  const seeded: Run[] = []
  const round = async (): Promise<void> => {
    runs.push(await ours(task, data, false))
    controls.push(await ours(task, data, true))
    if (manySeeds > 1) seeded.push(await ours(task, data, true, manySeeds))
  }
  // The first run of a process compiles; it is not counted.
  await ours(task, data, false)
  await round()
  const theirs = peer<{ seconds: number; processor: number; layers: { accuracy: number; iterations: number }[] }>(
    'probe_peer.py',
    [folder, task]
  )
  for (let i = 1; i < rounds; i++) await round()

  const { summary } = runs[0]!.outcome
  const accuracy = summary.layers.map((layer) => 100 * layer.accuracy)
  const theirAccuracy = theirs?.layers.map((layer) => 100 * layer.accuracy)
  const seconds = (of: readonly Run[]): number => median(of.map((run) => run.seconds))
  const processor = (of: readonly Run[]): number => median(of.map((run) => run.processor))
  report(`probe ${task}`, {
    backend: backend.title,
    words: [summary.trainWords, summary.testWords],
    load: loadavg(),
    ours: {
      seconds: seconds(runs),
      processor: processor(runs),
      rounds: runs.map((run) => run.seconds),
      accuracy,
      iterations: summary.layers.map((layer) => layer.iterations),
      parts: runs[0]!.outcome.seconds
    },
    control: { seconds: seconds(controls), processor: processor(controls), rounds: controls.map((run) => run.seconds) },
    seeds:
      manySeeds > 1
        ? {
            seeds: manySeeds,
            seconds: seconds(seeded),
            processor: processor(seeded),
            toOne: seconds(seeded) / seconds(controls),
            toOneProcessor: processor(seeded) / processor(controls),
            wanted: 3
          }
        : null,
    theirs: theirs
      ? {
          name: 'scikit-learn',
          seconds: theirs.seconds,
          processor: theirs.processor,
          accuracy: theirAccuracy,
          iterations: theirs.layers.map((layer) => layer.iterations)
        }
      : null,
    difference: theirAccuracy ? Math.max(...accuracy.map((value, i) => Math.abs(value - theirAccuracy[i]!))) : null,
    ratio: theirs ? theirs.seconds / seconds(runs) : null
  })
  return { ours: [seconds(runs), processor(runs)], theirs: theirs ? [theirs.seconds, theirs.processor] : null }
}

/** All tasks together. */
function reportSum(totals: readonly Totals[]): void {
  const sum = (which: 'ours' | 'theirs', at: 0 | 1): number =>
    totals.reduce((total, one) => total + (one[which]?.[at] ?? NaN), 0)
  const ratio = (at: 0 | 1): number | null =>
    totals.every(({ theirs }) => theirs) ? sum('theirs', at) / sum('ours', at) : null
  report(`probe ${tasks.join(' + ')}`, {
    ours: sum('ours', 0),
    theirs: sum('theirs', 0),
    ratio: ratio(0),
    ratioProcessor: ratio(1),
    wanted: 20
  })
}
