import {
  alignmentCaution,
  alignmentStates,
  type AlignmentResult,
  type AlignmentState,
  type Retrieval
} from '@shared/alignment'
import { defineCommand } from '../commandLine/command'
import { json, keep, labelledData, pool, seed } from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

const states = Object.keys(alignmentStates) as AlignmentState[]

export const alignCommand = defineCommand({
  name: 'align',
  description:
    'Aligns the contextual vectors of two languages, layer by layer, and says how many sentences find their ' +
    'translation before and after.',
  options: {
    model: required(text('DIR', "a checkpoint's folder, or the name of a model in the cache")),
    'other-model': text('DIR', 'the model of the second language, where it is another'),
    data: required(text('FILE', `sentences of the first language: ${labelledData}`)),
    with: required(text('FILE', 'their translations: as many sentences, in the same order')),
    pool,
    seed: seed('which half of the sentences is aligned, and of the bootstrap'),
    json,
    keep,
    ...dataOptions
  },
  notes: `Half of the sentences, drawn with the seed, gives a dictionary (words that occur in each other's sentences)
and the mean vector of each of its words; an orthogonal map takes those of one language to the other's (Schuster
et al. 2019). The sentences of the other half are retrieved by the cosine of their mean vectors: as they are,
centred, and aligned.`,
  examples: ['layerscope align --model bert-base-multilingual-cased --data en_pud.conllu --with de_pud.conllu'],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const first = await openModel(services, report, values.model)
      const second =
        values['other-model'] === undefined ? first : await openModel(services, report, values['other-model'])
      const files = { paths: [values.data, values.with], splitNames: ['first', 'second'] }
      const dataset = await openData(services, report, files, values)
      const request = parseRequest(
        'compare.align',
        {
          modelA: first.id,
          modelB: second.id,
          datasetId: dataset.id,
          splitA: 'first',
          splitB: 'second',
          pool: values.pool,
          seed: values.seed
        },
        { pool: 'pool', seed: 'seed' }
      )
      const result = await jobs.run('compare', 'Aligning two languages', undefined, (job) =>
        services.runs.run('alignment', request, job)
      )
      report.result(values.json, result, () => table(result))
      return 0
    }, values.keep)
})

function table(result: AlignmentResult): string {
  const { modelA, modelB, fitted, tested, anchors, examples, layers } = result
  const shown = examples.map((pair) => pair.join(' - ')).join(', ')
  return [
    `${anchors.toLocaleString('en')} pairs of words from ${fitted.toLocaleString('en')} sentences: ${shown}`,
    `Sentences among ${tested.toLocaleString('en')} whose translation is the nearest, in percent (chance ` +
      `${(100 / tested).toFixed(2)}), with 95 % intervals. Layers of ${modelA.name} and ${modelB.name}.`,
    `layers ${states.map((state) => alignmentStates[state].title.padStart(22)).join('')}`,
    ...layers.map(
      (layer) =>
        `${layer.layerA}, ${layer.layerB}`.padEnd(7) + states.map((state) => cell(layer[state]).padStart(22)).join('')
    ),
    ...[alignmentCaution(result) ?? []].flat(),
    ''
  ].join('\n')
}

function cell(retrieval: Retrieval | null): string {
  if (!retrieval) return 'widths differ'
  const range = retrieval.interval?.map((end) => (end * 100).toFixed(1)).join('-') ?? 'no interval'
  return `${(retrieval.accuracy * 100).toFixed(1)} (${range})`
}
