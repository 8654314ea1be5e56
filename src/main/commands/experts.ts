import { isBeyondChance, type ExpertLoad, type LayerLoad } from '@shared/expertLoad'
import { drawnText } from '@shared/drawing'
import { defineCommand } from '../commandLine/command'
import { drawFrom, inOrder, json, keep, labelledData, seed, transformer, wordCount } from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { openData, openModel } from '../commandLine/opening'
import { required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

export const expertsCommand = defineCommand({
  name: 'experts',
  description: 'Shows which experts of a mixture the words of each label go through, layer by layer.',
  options: {
    model: transformer,
    data: required(text('FILE', labelledData)),
    label: required(text('TASK', 'labels of words, such as upos')),
    'max-words': wordCount('whole sentences, up to about N words, drawn with the seed', '10000'),
    'in-order': inOrder,
    seed: seed('of the drawn words and of shuffled labels'),
    json,
    keep,
    ...dataOptions
  },
  notes: `A number is the percentage of a label's words that go to an expert; a token counts as much for every expert it
goes through. * marks what is farther from the share of all words than that of its label in any of 20 shuffles.
Information is that of label and expert in bits. One expert is switched off by \`layerscope ablate --unit expert\`.`,
  examples: ['layerscope experts --model ~/models/mixtral-tiny --data dev.conllu --label upos'],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { jobs } = services
      const model = await openModel(services, report, values.model)
      const data = { paths: [values.data], splitNames: ['all'] }
      const dataset = await openData(services, report, data, values, [values.label])
      const maxWords = values['max-words']
      const request = parseRequest(
        'ablation.experts',
        {
          modelId: model.id,
          datasetId: dataset.id,
          split: 'all',
          maxWords,
          ...drawFrom(values, maxWords),
          task: values.label,
          seed: values.seed
        },
        { maxWords: 'max-words', draw: 'seed', seed: 'seed', task: 'label' }
      )
      const result = await jobs.run('ablation', 'Load of experts', undefined, (job) =>
        services.runs.run('experts', request, job)
      )
      report.result(values.json, result, () => table(result))
      return 0
    }, values.keep)
})

function table(result: ExpertLoad): string {
  const { words, drawn, label, layers } = result
  const head = `${label.title}; ${words.toLocaleString('en')} words${drawn ? ` ${drawnText(drawn)}` : ''}`
  return [head, ...layers.map((load) => layerTable(result, load))].join('\n\n') + '\n'
}

function layerTable({ classes }: ExpertLoad, load: LayerLoad): string {
  const percent = (share: number): string => (share * 100).toFixed(1)
  const numbers = load.expected.map((_, expert) => String(expert + 1).padStart(8))
  const width = Math.max(9, ...classes.map(({ name }) => name.length))
  const row = (name: string, count: string, cells: readonly string[]): string =>
    `${name.padEnd(width)} ${count.padStart(7)}${cells.map((cell) => cell.padStart(8)).join('')}`.trimEnd()
  return [
    `layer ${load.layer}${load.site.startsWith('attn') ? ', attention' : ''}: information ` +
      `${load.information.toFixed(3)} bits, by chance ${load.informationByChance.toFixed(3)}`,
    row('expert', 'words', numbers),
    ...classes.map(({ name, words }, c) =>
      row(
        name,
        String(words),
        load.shares[c]!.map((share, e) => `${percent(share)}${isBeyondChance(load, c, e) ? '*' : ' '}`)
      )
    ),
    row(
      'all words',
      '',
      load.expected.map((share) => `${percent(share)} `)
    )
  ].join('\n')
}
