import { writeFileSync } from 'node:fs'
import { silentJob } from '@shared/jobs'
import type { ClozeScore, MinimalPairResult } from '@shared/minimalPairs'
import { need, readArguments, wholeNumber, type Command } from './command'
import { withServices } from './withServices'

const help = `Says how often a language model finds the acceptable sentence of a pair more probable.

  layerscope minimal-pairs --model DIR --data PATH [--pairs N] [--json OUT]

  --model DIR       the checkpoint's folder, saved with its language-model head
  --data PATH       a table with a header or JSON Lines, as BLiMP has them, or a folder of such files; .gz is read.
                    Ettinger's (2020) cloze tables are known: their last words alone are scored
  --pairs N         the first N pairs of each paradigm; all when left out
  --good NAME       column of the acceptable sentences: sentence_good, grammatical, ... are found by themselves
  --bad NAME        column of the others
  --paradigm NAME   column that says which paradigm a pair belongs to
  --json OUT        write the whole result; OUT - writes it to standard output instead of the table

A causal model is asked for the sum of log-probabilities, a masked one for the pseudo-log-likelihood (Salazar et al. 2020). Chance is 50 %.

Examples
  layerscope minimal-pairs --model resources/models/gpt2-ud-tiny --data resources/pairs/blimp
  layerscope minimal-pairs --model ~/gpt2 --data resources/pairs/lm-diagnostics
  layerscope minimal-pairs --model ~/bert-base --data mine.csv --good right --bad wrong --json -
`

export const minimalPairsCommand: Command = {
  name: 'minimal-pairs',
  summary: 'ask a language model which sentence of a pair is acceptable',
  help,
  async run(parameters) {
    const { values } = readArguments('minimal-pairs', parameters, {
      model: { type: 'string' },
      data: { type: 'string' },
      pairs: { type: 'string' },
      good: { type: 'string' },
      bad: { type: 'string' },
      paradigm: { type: 'string' },
      json: { type: 'string' }
    })
    const modelPath = need('minimal-pairs', 'model', values.model)
    const path = need('minimal-pairs', 'data', values.data)
    const pairs = values.pairs ? wholeNumber('pairs', values.pairs, 1) : null
    return withServices(async ({ models, minimalPairs, jobs }) => {
      const model = await models.open(modelPath, silentJob())
      const request = { modelId: model.id, path, pairs, good: values.good, bad: values.bad, paradigm: values.paradigm }
      const result = await jobs.run('pairs', 'Minimal pairs', undefined, (job) => minimalPairs.run(request, job))
      const json = JSON.stringify(result, null, 1)
      if (values.json && values.json !== '-') writeFileSync(values.json, `${json}\n`)
      process.stdout.write(values.json === '-' ? `${json}\n` : table(result))
      return 0
    })
  }
}

function table({ model, data, kind, paradigms, total, cloze, backend, seconds }: MinimalPairResult): string {
  const score = kind === 'causal' ? 'sums of log-probabilities' : 'pseudo-log-likelihoods, one mask at a time'
  const rows = [...paradigms, { name: 'all', ...total }]
  const width = Math.max(8, ...rows.map(({ name }) => name.length))
  return [
    `${model.name} on ${data}: ${score}; ${backend}, ${seconds.toFixed(1)} s`,
    `${'paradigm'.padEnd(width)}   pairs  accuracy  95 % interval`,
    ...rows.map(
      ({ name, pairs, accuracy, interval }) =>
        `${name.padEnd(width)}  ${String(pairs).padStart(6)}  ${percent(accuracy).padStart(8)}  ${interval.map(percent).join('-')}`
    ),
    ...clozeTable(cloze ?? []),
    ''
  ].join('\n')
}

/** What cloze tests measure beside the preference in single pairs. */
function clozeTable(conditions: readonly ClozeScore[]): string[] {
  if (conditions.length === 0) return []
  const width = Math.max(...conditions.map(({ name }) => name.length))
  return [
    `${'condition'.padEnd(width)}  contexts  expected above all others  95 % interval  top 1  top 5`,
    ...conditions.map(
      ({ name, contexts, preferred, top1, top5 }) =>
        `${name.padEnd(width)}  ${String(contexts).padStart(8)}  ${percent(preferred.share).padStart(25)}  ${preferred.interval.map(percent).join('-').padEnd(13)}  ${percent(top1).padStart(5)}  ${percent(top5).padStart(5)}`
    )
  ]
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}
