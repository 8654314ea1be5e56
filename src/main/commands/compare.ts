import type { AdaptedChanges } from '@shared/adaptedChanges'
import { lineageRows } from '@shared/lineage'
import {
  layersAtEqualDepth,
  similarityMeasures,
  type SimilarityResult,
  type LayerDifference,
  type SimilarityMeasure
} from '@shared/compare'
import { count } from '@shared/fields'
import type { ModelInfo } from '@shared/model'
import { differs } from '@shared/pairedTest'
import type { Interval, ProbeLayerResult, ProbeResult } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import type { Answer } from '@shared/results'
import type { FloatTensor } from '@shared/tensorData'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import {
  drawFrom,
  inOrder,
  json,
  keep,
  labelledData,
  maxWords,
  pool,
  probeRequestNames,
  seed
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { flag, number, repeated, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import type { Services } from '../engine/services'
import { withServices } from '../commandLine/withServices'
import { probability } from './tables/signalTable'

export const compareCommand = defineCommand({
  name: 'compare',
  description: 'Probes two or more models on the same data and measures how similar their layers are.',
  usage: [
    '--model DIR --model DIR [--model DIR ...] --train FILE --test FILE --label NAME [options]',
    '--before DIR --after DIR --train FILE --test FILE --label NAME [options]'
  ],
  options: {
    model: repeated(text('DIR', "a checkpoint's folder, or the name of a model in the cache; once for each model")),
    before: text('DIR', 'a base, before it was trained further'),
    after: text('DIR', 'what came of it: also which weights differ, CKA, and the heads and neurons that changed'),
    train: required(text('FILE', `labelled data to train on: ${labelledData}`)),
    test: required(text('FILE', 'labelled data of the same kind to test on, and to compare layers over')),
    label: required(text('NAME', 'upos, xpos, deprel, feats.Number, ... or the name of a column of your data')),
    pool,
    'max-words': maxWords('train on whole sentences, up to about N words, drawn with the seed'),
    'in-order': inOrder,
    'no-control': flag('skip the control task, and with it selectivity'),
    cka: flag('linear CKA of all pairs of layers, for all pairs of models'),
    'cka-words': withDefault(
      number(count, 'N', 'words of the test file to compare layers on, drawn at random; 0 takes all'),
      '4000'
    ),
    rsa: flag('RSA of all pairs of layers, for all pairs of models, on 1,000 of those words at most'),
    svcca: flag('SVCCA of all pairs of layers (Raghu et al. 2017), on 10,000 of those words at most'),
    pwcca: flag('PWCCA of all pairs of layers (Morcos et al. 2018), likewise'),
    procrustes: flag('orthogonal Procrustes similarity of all pairs of layers (Ding et al. 2021), likewise'),
    biased: flag('use the plain estimate of Kornblith et al. (2019) instead of the debiased one'),
    seed: seed('of the control task, the bootstrap and the drawn words'),
    json,
    keep,
    ...dataOptions
  },
  examples: [
    'layerscope compare --model resources/models/all-MiniLM-L6-v2 --model resources/models/gpt2-ud-tiny --cka' +
      ' --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz' +
      ' --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz --label upos'
  ],
  run({ values, report }) {
    const { before, after } = values
    if ((before === undefined) !== (after === undefined))
      throw new UserError('--before and --after go together: name a model and what came of it.')
    const paths = before === undefined ? values.model : [before, after!, ...values.model]
    const showCka = values.cka || before !== undefined
    if (paths.length < 2)
      throw new UserError(
        'Name two or more models: --model DIR --model DIR. `layerscope compare --help` shows an example.'
      )
    return withServices(async (services) => {
      const { probes, jobs } = services
      const opened: ModelInfo[] = []
      for (const path of paths) opened.push(await openModel(services, report, path))
      if (before !== undefined)
        opened[1] = await jobs.run('compare', 'Comparing the weights', undefined, (job) =>
          services.models.compareWeights(opened[1]!.id, opened[0]!.id, job)
        )
      const data = { paths: [values.train, values.test], splitNames: ['train', 'test'] }
      const dataset = await openData(services, report, data, values, [values.label])
      const runs: ProbeResult[] = []
      for (const model of opened) {
        const options = parseRequest(
          'probe.run',
          {
            modelId: model.id,
            datasetId: dataset.id,
            task: values.label,
            trainSplit: 'train',
            testSplit: 'test',
            pool: values.pool,
            layers: null,
            maxTrainWords: values['max-words'] ?? null,
            maxTestWords: null,
            ...drawFrom(values, values['max-words']),
            control: !values['no-control'],
            codelength: false,
            restarts: 1,
            probe: defaultMethod('linear'),
            seed: values.seed
          },
          { ...probeRequestNames, task: 'label' }
        )
        runs.push(
          await jobs.run('probe', `${probes.title(options)} of ${model.name}`, undefined, (job) =>
            services.runs.run('probe', options, job)
          )
        )
      }
      const pairs = opened.flatMap((_, i) => opened.slice(i + 1).map((_other, k): [number, number] => [i, i + 1 + k]))
      const tested = async (
        layersOf: (a: ProbeResult, b: ProbeResult) => [number, number][]
      ): Promise<Answer<'differences'>> => {
        const request = parseRequest(
          'compare.differences',
          {
            pairs: pairs.flatMap(([i, j]) =>
              layersOf(runs[i]!, runs[j]!).map(([layerA, layerB]) => ({
                a: { runId: runs[i]!.id, layer: layerA },
                b: { runId: runs[j]!.id, layer: layerB }
              }))
            ),
            seed: values.seed
          },
          { pairs: 'model', seed: 'seed' }
        )
        return jobs.run('compare', 'Testing differences', undefined, (job) =>
          services.runs.run('differences', request, job)
        )
      }
      const atBest = await tested((a, b) => [[bestOf(a).layer, bestOf(b).layer]])
      const atEqualDepth = await tested((a, b) => layersAtEqualDepth(a.model.layers, b.model.layers))
      const similarities: SimilarityResult[] = []
      const measures: SimilarityMeasure[] = [
        ...(showCka ? [values.biased ? ('biased' as const) : ('debiased' as const)] : []),
        ...(['rsa', 'svcca', 'pwcca', 'procrustes'] as const).filter((measure) => values[measure])
      ]
      for (const [[i, j], estimator] of pairs.flatMap((pair) => measures.map((measure) => [pair, measure] as const))) {
        const request = parseRequest(
          'compare.cka',
          {
            modelA: opened[i]!.id,
            modelB: opened[j]!.id,
            datasetId: dataset.id,
            split: 'test',
            pool: values.pool,
            maxWords: null,
            estimator,
            sample: values['cka-words'] || null,
            seed: values.seed
          },
          { pool: 'pool', sample: 'cka-words', seed: 'seed' }
        )
        similarities.push(
          await jobs.run('compare', 'Comparing layers', undefined, (job) => services.runs.run('cka', request, job))
        )
      }
      const changes =
        before === undefined
          ? null
          : await changedBetween(services, [opened[0]!.id, opened[1]!.id], dataset.id, values.seed)
      const [differences, layerDifferences] = [atBest.tests, atEqualDepth.tests]
      const whole = {
        models: opened,
        runs,
        differences,
        layerDifferences,
        // The same two as results, with all that `layerscope rerun` needs.
        tested: [atBest, atEqualDepth],
        cka: similarities.map(written),
        ...(changes && { changes: { ...changes, heads: rowsOf(changes.heads) } })
      }
      report.result(values.json, whole, () =>
        [
          ...(before === undefined ? [] : [weightsOf(opened[1]!)]),
          curves(runs),
          ...differences.map(sentence),
          layerTable(layerDifferences),
          ...similarities.map(matrix),
          ...(changes ? [changesTable(changes)] : [])
        ].join('\n')
      )
      return 0
    }, values.keep)
  }
})

/** Words that heads and neurons are compared over. */
const changeWords = 2000

/** What training did to heads and neurons, over words of the test file. */
function changedBetween(
  { jobs, runs }: Services,
  [modelA, modelB]: readonly [string, string],
  datasetId: string,
  draw: number
): Promise<Answer<'adapted'>> {
  const request = { modelA, modelB, datasetId, split: 'test', maxWords: changeWords, draw }
  return jobs.run('compare', 'Comparing heads and neurons', undefined, (job) => runs.run('adapted', request, job))
}

/** The heads and neurons that changed most, ten of each. */
function changesTable({ adapted, words, heads, neurons }: AdaptedChanges): string {
  const columns = heads.shape[1]!
  const byHead = Array.from(heads.data, (bits, i) => ({
    layer: Math.floor(i / columns) + 1,
    head: (i % columns) + 1,
    bits
  }))
    .sort((a, b) => b.bits - a.bits)
    .slice(0, 10)
  return [
    `${adapted.name} over ${words.toLocaleString('en')} words: heads by the Jensen-Shannon divergence of their maps, ` +
      'neurons by their change in standard deviations',
    'layer  head   bits      layer  neuron  change      r',
    ...byHead.map(({ layer, head, bits }, i) => {
      const unit = neurons[i]
      const right = unit
        ? `${String(unit.layer).padStart(9)}${String(unit.neuron).padStart(8)}` +
          `${unit.change.toFixed(2).padStart(8)}${unit.correlation.toFixed(2).padStart(7)}`
        : ''
      return `${String(layer).padStart(5)}${String(head).padStart(6)}${bits.toFixed(3).padStart(7)}${right}`
    }),
    ''
  ].join('\n')
}

/** Where the weights of a model come from, and which of them differ from its base's. */
function weightsOf({ name, lineage }: ModelInfo): string {
  const rows = lineage ? lineageRows(lineage) : []
  return `${name}\n${rows.map(([fact, text]) => `${fact.padStart(9)}  ${text}\n`).join('')}`
}

function bestOf(run: ProbeResult): ProbeLayerResult {
  return run.layers.reduce((best, layer) => (layer.accuracy > best.accuracy ? layer : best))
}

function percent(share: number | undefined): string {
  return share === undefined ? '' : (share * 100).toFixed(2)
}

/** One block a model: its layers with their depth, the best one marked. */
function curves(runs: readonly ProbeResult[]): string {
  const { task, classes, majority, memoriser, testWords } = runs[0]!
  const lines = [
    `${task.title}: ${classes.length} classes, tested on ${testWords.toLocaleString('en')}; majority ` +
      `(${majority.label}) ${percent(majority.accuracy)}, word-type memoriser ${percent(memoriser.accuracy)}`,
    'model                 layer  depth  accuracy  95 % interval    macro-F1  control  selectivity'
  ]
  for (const run of runs) {
    const best = bestOf(run)
    for (const layer of run.layers) {
      const depth = run.model.layers > 0 ? (layer.layer / run.model.layers).toFixed(2) : ''
      const interval = layer.accuracyInterval?.map(percent).join('-') ?? 'none'
      lines.push(
        `${run.model.name.slice(0, 20).padEnd(20)} ${String(layer.layer).padStart(6)} ${depth.padStart(6)} ` +
          `${percent(layer.accuracy).padStart(9)}  ${interval.padEnd(15)} ${percent(layer.macroF1).padStart(9)}` +
          `${percent(layer.control?.accuracy).padStart(9)}${percent(layer.selectivity).padStart(13)}` +
          `${layer === best ? '  best' : ''}`
      )
    }
  }
  return `${lines.join('\n')}\n`
}

const points = (value: number): string => (value * 100).toFixed(2)
const pointRange = (interval: Interval): string => interval?.map(points).join(' to ') ?? 'none'

function sentence({ a, b, layerA, layerB, difference, interval, p, corrected }: LayerDifference): string {
  return (
    `${a} (layer ${layerA}) minus ${b} (layer ${layerB}), each at its best layer: ${points(difference)} points ` +
    `of accuracy, ${interval ? `95 % interval ${pointRange(interval)}` : 'no interval'} over the same sentences, p ` +
    `${probability(p)}, corrected ${probability(corrected)}\n`
  )
}

/** Each layer of the deeper model against the other's layer at the nearest relative depth. */
function layerTable(differences: readonly LayerDifference[]): string {
  const lines = differences.map(({ a, b, layerA, layerB, difference, interval, p, corrected }, i) => {
    const before = differences[i - 1]
    const heading =
      before?.a === a && before.b === b
        ? []
        : [
            `${a} minus ${b}, layer by layer (p by approximate randomisation, corrected by Holm's method)`,
            'layers      points  95 % interval         p  corrected'
          ]
    const range = pointRange(interval)
    return [
      ...heading,
      `${`${layerA}, ${layerB}`.padEnd(8)}${points(difference).padStart(10)}  ${range.padEnd(16)}` +
        `${probability(p).padStart(7)}${probability(corrected).padStart(11)}` +
        `${differs({ corrected }) ? '  *' : ''}`
    ].join('\n')
  })
  return `${lines.join('\n')}\n`
}

function matrix({ modelA, modelB, values, estimator, words, seconds }: SimilarityResult): string {
  const columns = values.shape[1]!
  const rows = Array.from({ length: values.shape[0]! }, (_, i) => {
    const cells = Array.from(values.data.subarray(i * columns, (i + 1) * columns), (value) =>
      (Number.isNaN(value) ? '-' : value.toFixed(3)).padStart(7)
    )
    return `${String(i).padStart(5)}${cells.join('')}`
  })
  return [
    `${similarityMeasures[estimator].title} over ${words.toLocaleString('en')} words, ${seconds.toFixed(1)} s: rows ` +
      `${modelA.name}, columns ${modelB.name}`,
    `layer${Array.from({ length: columns }, (_, j) => String(j).padStart(7)).join('')}`,
    ...rows,
    ''
  ].join('\n')
}

/** JSON knows no typed arrays: rows of numbers, null where a value is not defined. */
function written({ values, ...about }: SimilarityResult) {
  return { ...about, values: rowsOf(values) }
}

function rowsOf({ shape, data }: FloatTensor): (number | null)[][] {
  const columns = shape[1]!
  return Array.from({ length: shape[0]! }, (_, i) =>
    Array.from(data.subarray(i * columns, (i + 1) * columns), (value) => (Number.isNaN(value) ? null : value))
  )
}
