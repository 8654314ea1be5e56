import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { defaultMethod } from '@shared/probeMethods'
import { pickBackend } from '../src/main/engine/backends/pick'
import { resourcePath } from '../src/main/engine/paths'
import { createServices } from '../src/main/engine/services'
import { report } from './support'

/**
 * Linear probes with all of EWT train (204,577 words), tested on its test file: UPOS and deprel on all seven layers of
 * MiniLM, with control tasks. How much the process takes at most beyond what it takes once the model is open, the data
 * included, and for how long; vectors are extracted first where they are not in the cache.
 */
const tasks = (process.env['TASKS'] ?? 'upos,deprel').split(',')
const { title } = await pickBackend()
const folder = mkdtempSync(join(tmpdir(), 'layerscope-bench-'))
const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)
const peak = (): number => process.resourceUsage().maxRSS * 1024
try {
  const { models, datasets, probes } = createServices(() => undefined, folder)
  const model = await models.open(resourcePath('models', 'all-MiniLM-L6-v2'), silentJob())
  const loaded = process.memoryUsage.rss()
  const ewt = resourcePath('datasets', 'ud_english-ewt')
  const dataset = await datasets.open({
    paths: ['train', 'test'].map((name) => join(ewt, `en_ewt-ud-${name}.conllu.gz`)),
    splitNames: ['train', 'test']
  })
  for (const task of tasks) {
    const { result } = await probes.run(
      {
        modelId: model.id,
        datasetId: dataset.id,
        task,
        trainSplit: 'train',
        testSplit: 'test',
        pool: 'first',
        layers: null,
        maxTrainWords: null,
        maxTestWords: null,
        control: true,
        codelength: false,
        restarts: 1,
        probe: defaultMethod('linear'),
        seed: 1
      },
      silentJob()
    )
    report(`probeMemory ${task}`, {
      backend: title,
      words: [result.trainWords, result.testWords],
      loadedMebibytes: mebibytes(loaded),
      peakMebibytes: mebibytes(peak()),
      extraMebibytes: mebibytes(peak() - loaded),
      wanted: 1536,
      seconds: result.seconds,
      accuracy: result.layers.map((layer) => 100 * layer.accuracy),
      selectivity: result.layers.map((layer) => 100 * layer.selectivity!),
      iterations: result.layers.map((layer) => layer.iterations)
    })
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
