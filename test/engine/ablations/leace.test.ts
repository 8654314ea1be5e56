import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { eraseRows, fitLeace } from '../../../src/main/engine/ablations/leace'
import { fitInlp, projectRows } from '../../../src/main/engine/ablations/inlp'
import { extractAll } from '../../../src/main/engine/activations/extract'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import type { LoadedModel } from '../../../src/main/engine/models/model'
import { resourcePath } from '../../../src/main/engine/paths'
import { runProbe, type ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { nativeReady } from '../probes/subjects'

/**
 * Erasure on real vectors: layer 3 of MiniLM, parts of speech of UD EWT, whole sentences of the first words of dev and
 * test.
 */
const words = nativeReady ? 4000 : 1200
const width = 384
const layer = 3
const store = new DatasetStore()
let model: LoadedModel
let dataset = ''
const vectors = {} as Record<'train' | 'test', Float32Array>

beforeAll(async () => {
  await pickBackend()
  const ewt = resourcePath('datasets', 'ud_english-ewt')
  dataset = (
    await store.open({
      paths: ['dev', 'test'].map((name) => join(ewt, `en_ewt-ud-${name}.conllu.gz`)),
      splitNames: ['train', 'test']
    })
  ).id
  model = await loadModel(resourcePath('models', 'all-MiniLM-L6-v2'))
  for (const split of ['train', 'test'] as const) {
    const taken: string[][] = []
    let count = 0
    for (const sentence of store.text(dataset, split).sentences) {
      if (count + sentence.length > words) break
      taken.push([...sentence])
      count += sentence.length
    }
    vectors[split] = new Float32Array(count * width)
    await extractAll(model, taken, { pooling: 'first' }, silentJob(), ({ chunk, layers }) =>
      vectors[split].set(layers[layer]!, chunk.row * width)
    )
  }
})
afterAll(() => model.dispose())

function items(split: 'train' | 'test', values: Float32Array): ProbeItems {
  const { forms, sentence } = store.words(dataset, split)
  const count = values.length / width
  return {
    items: count,
    classes: store.labels(dataset, split, 'upos').ids.slice(0, count),
    types: forms.slice(0, count),
    sentences: sentence.slice(0, count),
    vectors: () => values
  }
}

async function accuracy(
  change: (values: Float32Array) => Float32Array
): Promise<{ accuracy: number; majority: number }> {
  const { summary } = await runProbe({
    layers: [layer],
    width,
    classes: store.labels(dataset, 'train', 'upos').classes,
    train: items('train', change(vectors.train)),
    test: items('test', change(vectors.test)),
    options: { probe: defaultMethod('linear'), control: false, seed: 1 },
    job: silentJob()
  })
  return { accuracy: 100 * summary.layers[0]!.accuracy, majority: 100 * summary.majority.accuracy }
}

function training(): {
  data: { values: Float32Array; width: number; rows: Int32Array }
  labels: Int32Array
  classes: number
} {
  const { classes: ids } = items('train', vectors.train)
  const rows = Int32Array.from(ids.keys()).filter((row) => ids[row]! >= 0)
  return {
    data: { values: vectors.train, width, rows },
    labels: rows.map((row) => ids[row]!),
    classes: store.labels(dataset, 'train', 'upos').classes.length
  }
}

test('LEACE leaves a linear probe at majority level; two rounds of INLP take a part out', async () => {
  const { data, labels, classes } = training()
  const before = await accuracy((values) => values)
  expect(before.accuracy).toBeGreaterThan(80)
  const eraser = await fitLeace(data, labels, classes, silentJob())
  expect(eraser.left.length).toBeLessThan(classes)
  const after = await accuracy((values) => eraseRows(values, eraser))
  console.log(
    `UPOS at layer ${layer}: ${before.accuracy.toFixed(2)} before, ${after.accuracy.toFixed(2)} after LEACE, majority ${after.majority.toFixed(2)}`
  )
  expect(Math.abs(after.accuracy - after.majority)).toBeLessThan(1)

  const basis = await fitInlp(data, labels, classes, 2, silentJob())
  const projected = await accuracy((values) => projectRows(values, width, basis))
  expect(projected.accuracy).toBeLessThan(before.accuracy - 5)
})

test('what LEACE leaves has no covariance with the labels, and erasing twice changes nothing more', async () => {
  const { data, labels, classes } = training()
  const eraser = await fitLeace(data, labels, classes, silentJob())
  const erased = eraseRows(vectors.train, eraser)
  const means = Array.from({ length: classes }, () => new Float64Array(width))
  const counts = new Float64Array(classes)
  data.rows.forEach((row, i) => {
    counts[labels[i]!]!++
    for (let j = 0; j < width; j++) means[labels[i]!]![j]! += erased[row * width + j]!
  })
  const apart = means.flatMap((sums, k) =>
    counts[k] ? Array.from(sums, (sum, j) => Math.abs(sum / counts[k]! - eraser.mean[j]!)) : []
  )
  expect(Math.max(...apart)).toBeLessThan(1e-4)
  const twice = eraseRows(erased, eraser)
  expect(twice.reduce((most, value, i) => Math.max(most, Math.abs(value - erased[i]!)), 0)).toBeLessThan(1e-4)
})
