import { writeFileSync } from 'node:fs'
import type { HeadTable } from '@shared/ablation'
import { silentJob } from '@shared/jobs'
import { need, readArguments, wholeNumber, type Command } from './command'
import { withServices } from './withServices'

const help = `Says what every attention head looks at, over a corpus.

  layerscope heads --model DIR --data FILE [--max-words N] [--top N] [--json OUT]

  --model DIR      the checkpoint's folder
  --data FILE      CoNLL-U, TSV, CSV or JSONL; .gz is read. With trees, dependency relations are scored too
  --max-words N    whole sentences up to about so many words (default 10000)
  --top N          heads shown of each pattern (default 3)
  --json OUT       write all scores; OUT - writes them to standard output instead of the table

Scores are mean shares of attention; of a relation, the share of its words whose most attended word is its partner.

Example
  layerscope heads --model resources/models/all-MiniLM-L6-v2 --data dev.conllu
`

export const headsCommand: Command = {
  name: 'heads',
  summary: 'say what every attention head looks at',
  help,
  async run(parameters) {
    const { values } = readArguments('heads', parameters, {
      model: { type: 'string' },
      data: { type: 'string' },
      'max-words': { type: 'string', default: '10000' },
      top: { type: 'string', default: '3' },
      json: { type: 'string' }
    })
    const modelPath = need('heads', 'model', values.model)
    const data = need('heads', 'data', values.data)
    const maxWords = wholeNumber('max-words', values['max-words'], 1)
    const top = wholeNumber('top', values.top, 1)
    return withServices(async ({ models, datasets, ablations, jobs }) => {
      const model = await models.open(modelPath, silentJob())
      const dataset = await datasets.open({ paths: [data], splitNames: ['all'] })
      const result = await jobs.run('ablation', 'What heads attend to', undefined, (job) =>
        ablations.heads({ modelId: model.id, datasetId: dataset.id, split: 'all', maxWords }, job)
      )
      const json = `${JSON.stringify(result, null, 1)}\n`
      if (values.json && values.json !== '-') writeFileSync(values.json, json)
      process.stdout.write(values.json === '-' ? json : table(result, top))
      return 0
    })
  }
}

function table({ heads, words, patterns }: HeadTable, top: number): string {
  const lines = [`${words.toLocaleString('en')} words; block.head and score in percent\n`]
  const width = Math.max(...patterns.map(({ title }) => title.length))
  for (const { title, scores, baseline } of patterns) {
    const best = scores
      .map((score, cell) => ({ score, cell }))
      .filter(({ score }) => !Number.isNaN(score))
      .sort((a, b) => b.score - a.score)
    const shown = best
      .slice(0, top)
      .map(({ score, cell }) => `${Math.floor(cell / heads)}.${cell % heads} ${(score * 100).toFixed(1)}`.padEnd(12))
    lines.push(
      `${title.padEnd(width)}  ${shown.join(' ')}${baseline === null ? '' : ` fixed distance ${(baseline * 100).toFixed(1)}`}\n`
    )
  }
  return lines.join('')
}
