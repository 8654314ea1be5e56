import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { extractAll } from '../../../src/main/engine/activations/extract'
import { pickBackend } from '../../../src/main/engine/backends/pick'
import { DatasetStore } from '../../../src/main/engine/datasets/datasetStore'
import { loadModel } from '../../../src/main/engine/models/loadModel'
import { resourcePath } from '../../../src/main/engine/paths'
import { runProbe, type ProbeItems } from '../../../src/main/engine/probes/probeRunner'
import { nativeReady } from './subjects'

/** scikit-learn's accuracies by layer, kept in an optional folder beside the repository. */
const referencePath = join('..', 'shared', 'parity-real', 'probe-reference.md')
const reason = !existsSync(referencePath)
  ? `${referencePath} is not there`
  : !nativeReady
    ? 'native TensorFlow is not there, and wasm takes too long'
    : null
if (reason) console.warn(`The comparison with scikit-learn on all of UD EWT is left out: ${reason}.`)

/** The row of the table that starts with `label`: percentages by layer. */
function referenceRow(label: string): number[] {
  const row = readFileSync(referencePath, 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`| ${label}`))
  return row!.split('|').slice(2, 9).map(Number)
}

describe.skipIf(reason !== null)('all layers of MiniLM on UD EWT, trained on dev and tested on test', () => {
  const width = 384
  const layers = [0, 1, 2, 3, 4, 5, 6]
  const store = new DatasetStore()
  const vectors = { train: [] as Float32Array[], test: [] as Float32Array[] }
  let dataset = ''

  beforeAll(async () => {
    await pickBackend({ prefer: 'tensorflow' })
    const ewt = resourcePath('datasets', 'ud_english-ewt')
    dataset = (
      await store.open({
        paths: ['dev', 'test'].map((name) => join(ewt, `en_ewt-ud-${name}.conllu.gz`)),
        splitNames: ['train', 'test']
      })
    ).id
    const model = await loadModel(resourcePath('models', 'all-MiniLM-L6-v2'))
    for (const split of ['train', 'test'] as const) {
      const words = store.words(dataset, split).forms.length
      vectors[split] = layers.map(() => new Float32Array(words * width))
      await extractAll(
        model,
        store.text(dataset, split).sentences,
        { pooling: 'first' },
        silentJob(),
        ({ chunk, layers: computed }) => {
          computed.forEach((values, layer) => vectors[split][layer]!.set(values, chunk.row * width))
        }
      )
    }
    model.dispose()
  }, 600_000)

  afterAll(() => {
    vectors.train = []
    vectors.test = []
  })

  function items(task: string, split: 'train' | 'test'): ProbeItems {
    const { forms, sentence } = store.words(dataset, split)
    const classes = store.labels(dataset, split, task).ids
    return {
      items: forms.length,
      classes,
      types: forms.map((form) => form.toLowerCase()),
      sentences: sentence,
      vectors: (layer) => vectors[split][layer]!
    }
  }

  test.each([
    ['upos', 'UPOS', 16.4],
    ['deprel', 'deprel', 12.2]
  ])(
    '%s within 0.3 points of scikit-learn on every layer',
    async (task, label, majority) => {
      const classes = store.labels(dataset, 'train', task).classes
      const { summary } = await runProbe({
        layers,
        width,
        classes,
        train: items(task, 'train'),
        test: items(task, 'test'),
        options: { probe: defaultMethod('linear'), control: false, seed: 1 },
        job: silentJob()
      })
      const theirs = referenceRow(label)
      const ours = summary.layers.map((layer) => 100 * layer.accuracy)
      expect(theirs).toHaveLength(layers.length)
      console.log(`${label}: ours ${ours.map((value) => value.toFixed(2)).join(' ')}, theirs ${theirs.join(' ')}`)
      ours.forEach((accuracy, layer) => expect(Math.abs(accuracy - theirs[layer]!), `layer ${layer}`).toBeLessThan(0.3))
      expect(summary.trainWords).toBe(25147)
      expect(100 * summary.majority.accuracy).toBeCloseTo(majority, 1)
      expect(summary.layers.every((layer) => layer.converged)).toBe(true)
    },
    600_000
  )
})
