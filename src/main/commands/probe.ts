import { writeFileSync } from 'node:fs'
import { silentJob } from '@shared/jobs'
import { twinSeed, type ModelInfo } from '@shared/model'
import { treeTask, type ProbeResult } from '@shared/probe'
import { probeOptions } from '@shared/probeRequests'
import { taskUnits, unitTitles } from '@shared/task'
import { UserError } from '@shared/userError'
import * as v from 'valibot'
import { taskFamilies } from '../engine/tasks/tasks'
import { need, oneOf, readArguments, untrainedSeed, wholeNumber, withUntrainedSeed, type Command } from './command'
import { probeFlagOptions, probeFromFlags, probeHelp, recipeNamed } from './probeFlags'
import { probeTable, regressionTable, structureTable } from './probeTable'
import { signalTable } from './signalTable'
import { suspectsCsv } from './suspectsCsv'
import { withServices } from './withServices'

const help = `Trains a probe on every layer and tests it.

  layerscope probe --model PATH --train FILE --test FILE --task NAME [--json OUT]

  --model PATH      the checkpoint's folder, a file of word vectors (GloVe, word2vec, fastText .vec; .gz is read),
                    or the name of a model in the cache (see \`layerscope fetch --help\`)
  --untrained [N]   its twin with random weights of seed N (1 when none is given): the control of an architecture
  --train FILE      labelled data to train on: CoNLL-U, TSV, CSV or JSONL; .gz is read
  --test FILE       labelled data of the same kind to test on
  --task NAME       what to probe for, see below; --label is the same.
                    Not for the structural probe, which learns the trees of a treebank
  --pool WAY        first (default), last or mean of a word's subwords
  --span WAY        mean (default), ends or attention: how several words become a vector, in tasks of spans and pairs.
                    attention is learned with the probe (Tenney et al. 2019): --probe mlp or mix
  --layers LIST     for example 0,3,6; every layer when left out
  --max-words N     train on whole sentences up to about so many words
  --twin            probe the model's untrained twin alike, so that it stands among the controls
  --no-control      leave the control task (and so selectivity) out
  --codelength      also the online description length (Voita & Titov 2020)
  --restarts N      train from so many random starts and show the spread (default 1)
  --seeds N         repeat with so many seeds, each with its own control task, start and held-out
                    sentences, and show mean and standard deviation (default 1)
  --tune LIST       linear: compare these values of C, as 0.001,0.01,0.1,1,10, on a tenth of the training sentences
                    that is held out, and use the best one; the test part decides nothing
  --seed N          of the control task, the training, the bootstrap and what a task draws (default 1)
  --json OUT        write the whole result; OUT - writes it to standard output instead of the table
  --suspects OUT    write the test items whose label is doubtful as CSV: two layers or more give the same other
                    answer, each with a probability of at least 0.9
  --keep NAME       keep it in the library under this name, where the window finds it
  --probe KIND      what to train (default linear):
${probeHelp()}

Tasks, by what an item is
${taskList()}
Examples
  layerscope probe --model resources/models/all-MiniLM-L6-v2 \\
    --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz \\
    --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz --task upos --json upos.json
  layerscope probe --probe mlp --hidden 256 --dropout 0.2 --model ~/bert-base --train train.conllu --test test.conllu --task arc.label
  layerscope probe --model ~/bert-base --train my-train.tsv --test my-test.tsv --task sense --pool mean
`

export const probeCommand: Command = {
  name: 'probe',
  summary: 'train and test a probe on every layer',
  help,
  async run(parameters) {
    const { values } = readArguments('probe', withUntrainedSeed(parameters), {
      model: { type: 'string' },
      untrained: { type: 'string' },
      train: { type: 'string' },
      test: { type: 'string' },
      task: { type: 'string' },
      label: { type: 'string' },
      span: { type: 'string' },
      pool: { type: 'string', default: 'first' },
      layers: { type: 'string' },
      'max-words': { type: 'string' },
      twin: { type: 'boolean' },
      'no-control': { type: 'boolean' },
      codelength: { type: 'boolean' },
      restarts: { type: 'string', default: '1' },
      seeds: { type: 'string', default: '1' },
      tune: { type: 'string' },
      probe: { type: 'string', default: 'linear' },
      recipe: { type: 'string' },
      ...probeFlagOptions,
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      keep: { type: 'string' },
      suspects: { type: 'string' }
    })
    const modelPath = need('probe', 'model', values.model)
    const train = need('probe', 'train', values.train)
    const test = need('probe', 'test', values.test)
    const recipe = recipeNamed(values.recipe)
    const probe = probeFromFlags(values.probe, values, recipe?.probe)
    const task = probe.kind === 'structural' ? treeTask.id : need('probe', 'task', values.task ?? values.label)
    const pool = oneOf('pool', values.pool, ['first', 'last', 'mean'] as const)
    return withServices(async ({ models, datasets, probes, regressions, results, compare, jobs }) => {
      const model = await models.open(modelPath, silentJob(), untrainedSeed(values.untrained))
      const dataset = await datasets.open({ paths: [train, test], splitNames: ['train', 'test'] })
      const options = {
        modelId: model.id,
        datasetId: dataset.id,
        task,
        span: oneOf(
          'span',
          values.span ??
            (dataset.tasks.some(({ id, unit }) => id === task && (unit === 'span' || unit === 'pair'))
              ? recipe?.span
              : undefined) ??
            'mean',
          ['mean', 'ends', 'attention'] as const
        ),
        trainSplit: 'train',
        testSplit: 'test',
        pool,
        layers: values.layers ? values.layers.split(',').map((layer) => wholeNumber('layers', layer, 0)) : null,
        maxTrainWords: values['max-words'] ? wholeNumber('max-words', values['max-words'], 1) : null,
        maxTestWords: null,
        control: (recipe?.control ?? true) && !values['no-control'],
        codelength: values.codelength ?? recipe?.codelength ?? false,
        restarts: wholeNumber('restarts', values.restarts, 1),
        seeds: wholeNumber('seeds', values.seeds, 1),
        ...(values.tune === undefined ? {} : { tune: tunedValues(values.tune) }),
        probe,
        seed: wholeNumber('seed', values.seed, 0)
      }
      const print = <Result extends object>(result: Result, asTable: (result: Result) => string): void => {
        if (values.keep !== undefined && 'id' in result) results.rename(String(result.id), values.keep)
        if (values.suspects !== undefined && 'id' in result)
          writeFileSync(values.suspects, suspectsCsv(probes.suspects(String(result.id))))
        const json = JSON.stringify(result, null, 1)
        if (values.json && values.json !== '-') writeFileSync(values.json, `${json}\n`)
        process.stdout.write(values.json === '-' ? `${json}\n` : asTable(result))
      }
      const title = probes.title(options)
      const runTwin = async ({ path, twin }: ModelInfo): Promise<ProbeResult> => {
        if (twin === undefined)
          throw new UserError(
            `${model.name} has no untrained twin: only a transformer with trained weights has one. Leave --twin out.`
          )
        const { id } = await models.open(path, silentJob(), twinSeed)
        return jobs.run('probe', `${title}, untrained twin`, undefined, (job) =>
          probes.run({ ...options, modelId: id }, job)
        )
      }
      if (probe.kind !== 'structural' && dataset.tasks.some(({ id, kind }) => id === task && kind === 'number'))
        print(await jobs.run('probe', title, undefined, (job) => regressions.run(options, job)), regressionTable)
      else if (probe.kind === 'structural')
        print(await jobs.run('probe', title, undefined, (job) => probes.run(options, job)), structureTable)
      else {
        const result = await jobs.run('probe', title, undefined, (job) => probes.run(options, job))
        const twin = values.twin ? await runTwin(model) : null
        const tests = await compare.tests(result.id, options.seed, silentJob())
        print({ ...result, tests, ...(twin ? { twin } : {}) }, (all) => probeTable(all) + signalTable(all, tests))
      }
      return 0
    }, values.keep !== undefined)
  }
}

/** @throws UserError for what is no list of values of C */
function tunedValues(text: string): number[] {
  const parsed = v.safeParse(
    probeOptions.entries.tune.wrapped,
    text.split(',').map((value) => (value.trim() === '' ? Number.NaN : Number(value)))
  )
  if (parsed.success) return parsed.output
  throw new UserError(`--tune is '${text}'; give 2 to 12 numbers between 0.000001 and 1,000,000, as 0.01,0.1,1.`)
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
