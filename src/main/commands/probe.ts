import { writeFileSync } from 'node:fs'
import { silentJob } from '@shared/jobs'
import type { Interval, ProbeResult } from '@shared/probe'
import type { RegressionResult } from '@shared/regression'
import { taskUnits, unitTitles } from '@shared/task'
import { taskFamilies } from '../engine/tasks/tasks'
import { need, oneOf, readArguments, untrainedSeed, wholeNumber, withUntrainedSeed, type Command } from './command'
import { withServices } from './withServices'

const help = `Trains a linear probe on every layer and tests it.

  layerscope probe --model PATH --train FILE --test FILE --task NAME [--json OUT]

  --model PATH      the checkpoint's folder, a file of word vectors (GloVe, word2vec, fastText .vec; .gz is read),
                    or the name of a model in the cache (see \`layerscope fetch --help\`)
  --untrained [N]   its twin with random weights of seed N (1 when none is given): the control of an architecture
  --train FILE      labelled data to train on: CoNLL-U, TSV, CSV or JSONL; .gz is read
  --test FILE       labelled data of the same kind to test on
  --task NAME       what to probe for, see below; --label is the same
  --pool WAY        first (default), last or mean of a word's subwords
  --span WAY        mean (default) or ends: how several words become a vector, in span tasks
  --layers LIST     for example 0,3,6; every layer when left out
  --max-words N     train on whole sentences up to about so many words
  --no-control      leave the control task (and so selectivity) out
  --c NUMBER        inverse strength of the L2 penalty, as in scikit-learn (default 1)
  --seed N          of the control task, the bootstrap and what a task draws (default 1)
  --json OUT        write the whole result; OUT - writes it to standard output instead of the table

Tasks, by what an item is
${taskList()}
Examples
  layerscope probe --model resources/models/all-MiniLM-L6-v2 \\
    --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz \\
    --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz --task upos --json upos.json
  layerscope probe --model ~/bert-base --train my-train.tsv --test my-test.tsv --task sense --pool mean
`

export const probeCommand: Command = {
  name: 'probe',
  summary: 'train and test a linear probe on every layer',
  help,
  async run(parameters) {
    const { values } = readArguments('probe', withUntrainedSeed(parameters), {
      'model': { type: 'string' },
      'untrained': { type: 'string' },
      'train': { type: 'string' },
      'test': { type: 'string' },
      'task': { type: 'string' },
      'label': { type: 'string' },
      'span': { type: 'string', default: 'mean' },
      'pool': { type: 'string', default: 'first' },
      'layers': { type: 'string' },
      'max-words': { type: 'string' },
      'no-control': { type: 'boolean' },
      'c': { type: 'string', default: '1' },
      'seed': { type: 'string', default: '1' },
      'json': { type: 'string' }
    })
    const modelPath = need('probe', 'model', values.model)
    const train = need('probe', 'train', values.train)
    const test = need('probe', 'test', values.test)
    const task = need('probe', 'task', values.task ?? values.label)
    const pool = oneOf('pool', values.pool, ['first', 'last', 'mean'] as const)
    return withServices(async ({ models, datasets, probes, jobs }) => {
      const model = await models.open(modelPath, silentJob(), untrainedSeed(values.untrained))
      const dataset = await datasets.open({ paths: [train, test], splitNames: ['train', 'test'] })
      const options = {
        modelId: model.id,
        datasetId: dataset.id,
        task,
        span: oneOf('span', values.span, ['mean', 'ends'] as const),
        trainSplit: 'train',
        testSplit: 'test',
        pool,
        layers: values.layers ? values.layers.split(',').map((layer) => wholeNumber('layers', layer, 0)) : null,
        maxTrainWords: values['max-words'] ? wholeNumber('max-words', values['max-words'], 1) : null,
        maxTestWords: null,
        control: !values['no-control'],
        inverseRegularisation: positive('c', values.c),
        seed: wholeNumber('seed', values.seed, 0)
      }
      const print = <Result>(result: Result, asTable: (result: Result) => string): void => {
        const json = JSON.stringify(result, null, 1)
        if (values.json && values.json !== '-') writeFileSync(values.json, `${json}\n`)
        process.stdout.write(values.json === '-' ? `${json}\n` : asTable(result))
      }
      const title = probes.title(options)
      if (dataset.tasks.some(({ id, kind }) => id === task && kind === 'number'))
        print(await jobs.run('probe', title, undefined, (job) => probes.regress(options, job)), regressionTable)
      else print(await jobs.run('probe', title, undefined, (job) => probes.run(options, job)), table)
      return 0
    })
  }
}

/** Every task with its unit, as the table of tasks has them. */
function taskList(): string {
  return taskUnits
    .map((unit) => {
      const mine = taskFamilies.filter((family) => family.unit === unit)
      return `  ${unitTitles[unit]}\n${mine.map(({ id, summary }) => `    ${id.padEnd(36)} ${summary}\n`).join('')}`
    })
    .join('')
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  return wholeNumber(option, text, 1)
}

/** Said where words were left out: a comparison with a model that knows them all has to know. */
function coverageLine({ coverage }: ProbeResult): string[] {
  if (!coverage || coverage.train.missing + coverage.test.missing === 0) return []
  const part = ({ words, missing }: { words: number; missing: number }): string =>
    `${(((words - missing) / words) * 100).toFixed(1)} % of the ${words.toLocaleString('en')}`
  return [`the model has a vector for ${part(coverage.train)} words to train on and ${part(coverage.test)} to test on; the others were left out`]
}

function regressionTable(result: RegressionResult): string {
  const number = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(4)).padStart(10)
  const hasCosine = result.layers.some(({ cosine }) => cosine)
  const lines = [
    `${result.task.title}: ridge regression, trained on ${result.trainItems.toLocaleString('en')}, tested on ${result.testItems.toLocaleString('en')}; ${result.backend}, ${result.seconds.toFixed(1)} s`,
    `type memoriser: R2 ${result.memoriser.r2.toFixed(4)}, Spearman ${result.memoriser.spearman.toFixed(4)}`,
    `layer        R2  95 % interval     Pearson  Spearman${hasCosine ? '  cosine: Pearson  Spearman' : ''}`
  ]
  for (const { layer, r2, r2Interval, pearson, spearman, cosine } of result.layers) {
    const range = r2Interval.map((value) => value.toFixed(3)).join(' to ')
    lines.push(`${String(layer).padStart(5)}${number(r2)}  ${range.padEnd(15)}${number(pearson)}${number(spearman)}${cosine ? `       ${number(cosine.pearson)}${number(cosine.spearman)}` : ''}`)
  }
  return `${lines.join('\n')}\n`
}

function table(result: ProbeResult): string {
  const percent = (share: number | undefined): string => (share === undefined ? '' : (share * 100).toFixed(2)).padStart(9)
  const range = ([low, high]: Interval): string => `${(low * 100).toFixed(2)}-${(high * 100).toFixed(2)}`
  const entities = result.layers.some((layer) => layer.entities)
  const lines = [
    `${result.task.title}: ${result.classes.length} classes, trained on ${result.trainWords.toLocaleString('en')}, tested on ${result.testWords.toLocaleString('en')}; ${result.backend}, ${result.seconds.total.toFixed(1)} s`,
    `majority (${result.majority.label}) ${(result.majority.accuracy * 100).toFixed(2)}, word-type memoriser ${(result.memoriser.accuracy * 100).toFixed(2)}`,
    ...coverageLine(result),
    `layer  accuracy  95 % interval    macro-F1  control  selectivity${entities ? '  span F1  95 % interval' : ''}`
  ]
  for (const layer of result.layers) {
    const spans = layer.entities ? `${percent(layer.entities.f1)}  ${range(layer.entities.interval)}` : ''
    lines.push(
      `${String(layer.layer).padStart(5)} ${percent(layer.accuracy)}  ${range(layer.accuracyInterval).padEnd(15)} ${percent(layer.macroF1)}${percent(layer.control?.accuracy)}   ${percent(layer.selectivity)}${spans}`
    )
  }
  return `${lines.join('\n')}\n`
}
