import * as v from 'valibot'
import { stimulusText, type HeadTable } from '@shared/ablation'
import { drawnText } from '@shared/drawing'
import { count } from '@shared/fields'
import { defineCommand } from '../commandLine/command'
import { drawFrom, inOrder, json, keep, labelledData, seed, transformer, wordCount } from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { flag, number, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'
import { partTitle } from './tables/ablateTables'

export const headsCommand = defineCommand({
  name: 'heads',
  description: 'Shows what every attention head looks at, over a corpus.',
  options: {
    model: transformer,
    data: required(text('FILE', `${labelledData}. With trees, dependency relations are scored too`)),
    'max-words': wordCount('whole sentences, up to about N words, drawn with the seed', '10000'),
    'in-order': inOrder,
    'repeated-tokens': flag('also look for induction heads on repeated random tokens (Olsson et al. 2022)'),
    seed: seed('of the drawn words and of random tokens'),
    top: withDefault(number(v.pipe(count, v.minValue(1)), 'N', 'heads to show for each pattern'), '3'),
    json,
    keep,
    ...dataOptions
  },
  notes: `A score is a mean share of attention; for a relation, it is the share of its words whose most attended word
is their partner. 'After an earlier copy' is measured on the text, where other heads may look there as well, and
with 'random tokens' on sequences repeated in a row. Layers and heads count from 1 in the table, as in the window.`,
  examples: ['layerscope heads --model resources/models/all-MiniLM-L6-v2 --data dev.conllu'],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const model = await openModel(services, report, values.model)
      const dataset = await openData(services, report, { paths: [values.data], splitNames: ['all'] }, values)
      const maxWords = values['max-words']
      const request = parseRequest(
        'ablation.heads',
        {
          modelId: model.id,
          datasetId: dataset.id,
          split: 'all',
          maxWords,
          ...drawFrom(values, maxWords),
          ...(values['repeated-tokens'] && { repeated: values.seed })
        },
        { maxWords: 'max-words', draw: 'seed', repeated: 'seed' }
      )
      const result = await jobs.run('ablation', 'What heads attend to', undefined, (job) =>
        services.runs.run('heads', request, job)
      )
      report.result(values.json, result, () => table(result, values.top))
      return 0
    }, values.keep)
})

function table({ heads, words, drawn, stimulus, patterns }: HeadTable, top: number): string {
  const lines = [
    `${words.toLocaleString('en')} words${drawn ? ` ${drawnText(drawn)}` : ''}; the heads with the ` +
      'highest scores, in percent\n'
  ]
  const width = Math.max(...patterns.map(({ title }) => title.length))
  for (const { title, scores, baseline } of patterns) {
    const best = scores
      .map((score, cell) => ({ score, cell }))
      .filter(({ score }) => !Number.isNaN(score))
      .sort((a, b) => b.score - a.score)
    const shown = best.slice(0, top).map(({ score, cell }) => {
      const part = partTitle({ block: Math.floor(cell / heads), head: cell % heads })
      return `${part} ${(score * 100).toFixed(1)}`.padEnd(22)
    })
    lines.push(
      `${title.padEnd(width)}  ` +
        `${shown.join(' ')}${baseline === null ? '' : ` fixed distance ${(baseline * 100).toFixed(1)}`}\n`
    )
  }
  if (stimulus) lines.push(`random tokens: ${stimulusText(stimulus)}\n`)
  return lines.join('')
}
