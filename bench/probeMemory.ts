import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentJob } from '@shared/jobs'
import { pickBackend } from '../src/main/engine/backends/pick'
import { createServices } from '../src/main/engine/services'
import { ewtFile, linearProbe, miniLm, report } from './support'

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
  const model = await models.open(miniLm, silentJob())
  const loaded = process.memoryUsage.rss()
  const dataset = await datasets.open({
    paths: [ewtFile('train'), ewtFile('test')],
    splitNames: ['train', 'test']
  })
  for (const task of tasks) {
    const { result } = await probes.run(
      {
        ...linearProbe,
        modelId: model.id,
        datasetId: dataset.id,
        task,
        trainSplit: 'train',
        testSplit: 'test',
        layers: null
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
