import { scoringText, type ClozeScore, type MinimalPairResult } from '@shared/minimalPairs'
import { calls } from '@shared/contract'
import { defineCommand } from '../commandLine/command'
import { json, keep, transformer } from '../commandLine/commonOptions'
import { openModel } from '../commandLine/opening'
import { choice, flag, number, required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { withServices } from '../commandLine/withServices'

export const minimalPairsCommand = defineCommand({
  name: 'minimal-pairs',
  description: 'Measures how often a language model finds the acceptable sentence of a pair more probable.',
  options: {
    model: transformer,
    data: required(
      text(
        'PATH',
        'a table with a header, JSON Lines (.gz, .zst), Parquet or Arrow, as BLiMP has them, or a folder of such ' +
          "files. Ettinger's (2020) cloze tables are recognised; only their last words are scored"
      )
    ),
    pairs: number(
      calls['pairs.run'].input.entries.pairs.wrapped,
      'N',
      'the first N pairs of each paradigm; all by default'
    ),
    good: text('NAME', 'column of the acceptable sentences; sentence_good, grammatical, ... need not be named'),
    bad: text('NAME', 'column of the unacceptable sentences'),
    paradigm: text('NAME', 'column that says which paradigm a pair belongs to'),
    'within-word': flag('also mask the rest of a word with each of its tokens (Kauf & Ivanova 2023); masked models'),
    length: choice(
      calls['pairs.run'].input.entries.length.wrapped.options,
      'WAY',
      'divide scores by the number n of tokens, or by ((5 + n) / 6)^0.8 (Lau et al. 2020); sums by default'
    ),
    json,
    keep
  },
  notes: `The model needs its language-model head. A causal model scores a sentence by the sum of its log-probabilities,
a masked model by its pseudo-log-likelihood (Salazar et al. 2020), which overrates words of many tokens unless they
are masked together. Chance is 50 %.`,
  examples: [
    'layerscope minimal-pairs --model resources/models/gpt2-ud-tiny --data resources/pairs/blimp',
    'layerscope minimal-pairs --model ~/gpt2 --data resources/pairs/lm-diagnostics',
    'layerscope minimal-pairs --model ~/bert-base --data mine.csv --good right --bad wrong --json -'
  ],
  run: ({ values, report }) =>
    withServices(async (services) => {
      const { runs, jobs } = services
      const model = await openModel(services, report, values.model)
      const { good, bad, paradigm } = values
      const request = parseRequest(
        'pairs.run',
        {
          modelId: model.id,
          path: values.data,
          pairs: values.pairs ?? null,
          good,
          bad,
          paradigm,
          ...(values['within-word'] && { withinWord: true }),
          length: values.length
        },
        { path: 'data', pairs: 'pairs', good: 'good', bad: 'bad', paradigm: 'paradigm', length: 'length' }
      )
      const result = await jobs.run('pairs', 'Minimal pairs', undefined, (job) => runs.run('pairs', request, job))
      for (const note of result.notes ?? []) report.note(`${result.data}: ${note}`)
      report.result(values.json, result, () => table(result))
      return 0
    }, values.keep)
})

function table(result: MinimalPairResult): string {
  const { model, data, paradigms, total, cloze, backend, seconds } = result
  const rows = [...paradigms, { name: 'all', ...total }]
  const width = Math.max(8, ...rows.map(({ name }) => name.length))
  return [
    `${model.name} on ${data}: ${scoringText(result)}; ${backend}, ${seconds.toFixed(1)} s`,
    `${'paradigm'.padEnd(width)}   pairs  accuracy  95 % interval`,
    ...rows.map(
      ({ name, pairs, accuracy, interval }) =>
        `${name.padEnd(width)}  ${String(pairs).padStart(6)}  ${percent(accuracy).padStart(8)}  ` +
        `${interval.map(percent).join('-')}`
    ),
    ...clozeTable(cloze ?? []),
    ''
  ].join('\n')
}

/** What cloze tests measure besides the preference in single pairs. */
function clozeTable(conditions: readonly ClozeScore[]): string[] {
  if (conditions.length === 0) return []
  const width = Math.max(...conditions.map(({ name }) => name.length))
  return [
    `${'condition'.padEnd(width)}  contexts  expected above all others  95 % interval  top 1  top 5`,
    ...conditions.map(
      ({ name, contexts, preferred, top1, top5 }) =>
        `${name.padEnd(width)}  ${String(contexts).padStart(8)}  ${percent(preferred.share).padStart(25)}  ` +
        `${preferred.interval.map(percent).join('-').padEnd(13)}  ${percent(top1).padStart(5)}  ` +
        `${percent(top5).padStart(5)}`
    )
  ]
}

function percent(share: number): string {
  return (share * 100).toFixed(1)
}
