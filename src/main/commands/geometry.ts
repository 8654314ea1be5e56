import * as v from 'valibot'
import { sampleText } from '@shared/drawing'
import { count } from '@shared/fields'
import type { LayerGeometry } from '@shared/layerGeometry'
import { defineCommand } from '../commandLine/command'
import {
  anyModel,
  drawFrom,
  inOrder,
  json,
  keep,
  labelledData,
  pool,
  seed,
  wordCount
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { number, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

const atLeast = (least: number) => v.pipe(count, v.minValue(least))

export const geometryCommand = defineCommand({
  name: 'geometry',
  description: 'Shows how contextual the words of every layer are, and how many dimensions they fill.',
  options: {
    model: anyModel,
    data: required(text('FILE', labelledData)),
    'max-words': wordCount('whole sentences, up to about N words, drawn with the seed', '20000'),
    'in-order': inOrder,
    pool,
    contexts: withDefault(number(atLeast(2), 'N', 'sentences that a word type must occur in'), '5'),
    sample: withDefault(number(atLeast(2), 'N', 'words of different sentences that anisotropy is measured on'), '1000'),
    'dimension-words': withDefault(number(atLeast(4), 'N', 'words that the dimension is measured on'), '5000'),
    seed: seed('of all random draws'),
    json,
    keep,
    ...dataOptions
  },
  notes: `Self-similarity, intra-sentence similarity and maximum explainable variance are those of Ethayarajh (2019),
as measured and less the same of random words (adjusted). The dimension is TwoNN's (Facco et al. 2017).`,
  examples: ['layerscope geometry --model resources/models/all-MiniLM-L6-v2 --data dev.conllu'],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const model = await openModel(services, report, values.model)
      const dataset = await openData(services, report, { paths: [values.data], splitNames: ['all'] }, values)
      const request = parseRequest(
        'geometry.layers',
        {
          modelId: model.id,
          datasetId: dataset.id,
          split: 'all',
          pool: values.pool,
          maxWords: values['max-words'],
          ...drawFrom(values, values['max-words']),
          contexts: values.contexts,
          sample: values.sample,
          dimensionWords: values['dimension-words'],
          seed: values.seed
        },
        {
          pool: 'pool',
          maxWords: 'max-words',
          contexts: 'contexts',
          sample: 'sample',
          dimensionWords: 'dimension-words',
          seed: 'seed'
        }
      )
      const result = await services.jobs.run('compare', 'Geometry of layers', undefined, (job) =>
        services.runs.run('geometry', request, job)
      )
      report.result(values.json, result, () => table(result))
      return 0
    }, values.keep)
})

const titles = ['self-similarity', 'adjusted', 'in a sentence', 'adjusted', 'explained', 'adjusted', 'anisotropy']

function table({ layers, words, types, sentences, split, drawn }: LayerGeometry): string {
  const lines = [
    `${sampleText(words, split, drawn)}: ${types.toLocaleString('en')} word types, ` +
      `${sentences.toLocaleString('en')} sentences\n`,
    `layer  ${titles.map((title) => title.padStart(15)).join('')}${'dimension'.padStart(11)}\n`
  ]
  for (const shape of layers) {
    const { cosine, explained } = shape.anisotropy
    const numbers = [
      shape.selfSimilarity,
      shape.selfSimilarity - cosine,
      shape.intraSentence,
      shape.intraSentence - cosine,
      shape.maximumExplained,
      shape.maximumExplained - explained,
      cosine
    ]
    lines.push(
      `${String(shape.layer).padStart(5)}  ${numbers.map((value) => value.toFixed(4).padStart(15)).join('')}` +
        `${shape.dimension.toFixed(1).padStart(11)}\n`
    )
  }
  return lines.join('')
}
