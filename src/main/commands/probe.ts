import { codelengthRefusal } from '@shared/codelength'
import { silentJob } from '@shared/jobs'
import { twinSeed, type ModelInfo } from '@shared/model'
import { treeTask, type ProbeResult } from '@shared/probe'
import { learnsTrees } from '@shared/probeMethods'
import { probeOptions } from '@shared/probeRequests'
import { taskUnits, unitTitles } from '@shared/task'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import {
  anyModel,
  drawFrom,
  inOrder,
  json,
  keep,
  labelledData,
  layers,
  maxWords,
  pool,
  probeRequestNames,
  seed,
  untrained
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { checkLayers, openData, openModel } from '../commandLine/opening'
import { choice, flag, need, number, output, required, text } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { tuneFromFlags, tuneOption } from '../commandLine/tuneFlags'
import { probeFlagOptions, probeFromFlags, probeHelp, recipeNamed } from '../commandLine/probeFlags'
import { withServices } from '../commandLine/withServices'
import { taskFamilies } from '../engine/tasks/tasks'
import { probeTable, regressionTable, structureTable } from './tables/probeTable'
import { signalTable } from './tables/signalTable'
import { suspectsCsv } from './tables/suspectsCsv'

const { span, restarts, seeds, folds, innerFolds } = probeOptions.entries

export const probeCommand = defineCommand({
  name: 'probe',
  description: 'Trains a probe on every layer and tests it.',
  usage: [
    '--model PATH --train FILE --test FILE --task NAME [options]',
    '--model PATH --train FILE --folds N --task NAME [options]'
  ],
  options: {
    model: anyModel,
    untrained,
    train: required(text('FILE', `labelled data to train on: ${labelledData}`)),
    test: text('FILE', 'labelled data of the same kind to test on; needed unless --folds is given'),
    task: text(
      'NAME',
      'what to probe for; see below. Not for the structural probe, which learns the trees of a treebank'
    ),
    label: text('NAME', 'the same as --task'),
    pool,
    span: choice(
      span.wrapped.options,
      'WAY',
      'how several words become one vector, in tasks of spans and pairs (default mean). attention is learned ' +
        'with the probe (Tenney et al. 2019): --probe mlp or mix'
    ),
    layers: layers('for example 0,3,6; all layers by default'),
    'max-words': maxWords('train on whole sentences, up to about N words, drawn with the seed'),
    'in-order': inOrder,
    twin: flag("also probe the model's untrained twin, as one more control"),
    'no-control': flag('skip the control task, and with it selectivity'),
    'no-conditional': flag('skip the conditional probes, by which signal is claimed (Hewitt et al. 2021)'),
    codelength: flag('also measure the online description length (Voita & Titov 2020)'),
    'variational-code': flag(
      'also measure the description length by the variational code (Voita & Titov 2020) instead of the online one: ' +
        '--probe linear or mlp'
    ),
    restarts: number(restarts, 'N', 'train from N random starts and show the spread'),
    seeds: number(
      seeds,
      'N',
      'repeat with N seeds, each with its own control task, start and held-out sentences, and show mean and ' +
        'standard deviation'
    ),
    tune: tuneOption,
    folds: number(
      folds,
      'N',
      'instead of --test: cross-validate in N folds of whole documents (sentences where there are fewer than ten ' +
        'documents); with --tune, options are chosen in each fold on inner folds of its own (nested)'
    ),
    'inner-folds': number(innerFolds, 'N', 'folds of each training part that --tune chooses on (default 5)'),
    seed: seed('of the drawn words, the control task, the training, the bootstrap and what a task draws'),
    json,
    suspects: output(
      'OUT',
      'write test items with a doubtful label as CSV: two or more layers agree on a different answer, each with ' +
        'a probability of at least 0.9'
    ),
    keep,
    ...dataOptions,
    ...probeFlagOptions
  },
  get notes() {
    return `${probeHelp()}\n\nTasks, by what an item is\n${taskList()}`
  },
  examples: [
    'layerscope probe --model resources/models/all-MiniLM-L6-v2' +
      ' --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz' +
      ' --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz --task upos --json upos.json',
    'layerscope probe --probe mlp --hidden 256 --dropout 0.2 --model ~/bert-base --train train.conllu' +
      ' --test test.conllu --task arc.label',
    'layerscope probe --model ~/bert-base --train train.conllu --folds 5 --tune 0.01,0.1,1 --task upos',
    'layerscope probe --model ~/bert-base --train my-train.tsv --test my-test.tsv --task sense --pool mean'
  ],
  run({ values, report }) {
    if (values.task !== undefined && values.label !== undefined)
      throw new UserError('--label is the same as --task; give one of them.')
    if (values.codelength && values['variational-code'])
      throw new UserError('A run measures one description length: give --codelength or --variational-code.')
    const recipe = recipeNamed(values.recipe)
    const probe = probeFromFlags(values.probe ?? 'linear', values, recipe?.probe)
    const codelength = values['variational-code'] ? 'variational' : values.codelength || (recipe?.codelength ?? false)
    const refusal = codelengthRefusal({ codelength, probe, span: values.span })
    if (refusal) throw new UserError(refusal)
    const task = learnsTrees(probe) ? treeTask.id : need('probe', 'task', values.task ?? values.label)
    const test = values.folds === undefined ? need('probe', 'test', values.test) : undefined
    if (values.folds !== undefined && values.test !== undefined)
      throw new UserError('--folds tests on what is trained on, fold by fold, and --test on a file: give one of them.')
    return withServices(async (services) => {
      const { models, probes, probeResults, runs, compare, jobs } = services
      const model = await openModel(services, report, values.model, values.untrained)
      checkLayers('layers', values.layers ?? null, model)
      const data = {
        paths: [values.train, ...(test === undefined ? [] : [test])],
        splitNames: test === undefined ? ['train'] : ['train', 'test']
      }
      const dataset = await openData(services, report, data, values, [task])
      const wantsSpans = dataset.tasks.some(({ id, unit }) => id === task && (unit === 'span' || unit === 'pair'))
      const options = parseRequest(
        'probe.run',
        {
          modelId: model.id,
          datasetId: dataset.id,
          task,
          span: values.span ?? (wantsSpans ? recipe?.span : undefined) ?? 'mean',
          trainSplit: 'train',
          testSplit: test === undefined ? 'train' : 'test',
          pool: values.pool,
          layers: values.layers ?? null,
          maxTrainWords: values['max-words'] ?? null,
          maxTestWords: test === undefined ? (values['max-words'] ?? null) : null,
          ...drawFrom(values, values['max-words']),
          control: (recipe?.control ?? true) && !values['no-control'],
          ...(!learnsTrees(probe) && !values['no-conditional'] && { conditional: true }),
          codelength,
          restarts: values.restarts,
          seeds: values.seeds ?? 1,
          ...tuneFromFlags(probe.kind, values.tune),
          ...(values.folds !== undefined && { folds: values.folds }),
          ...(values['inner-folds'] !== undefined && { innerFolds: values['inner-folds'] }),
          probe,
          seed: values.seed
        },
        { ...probeRequestNames, task: values.task === undefined ? 'label' : 'task' }
      )
      const print = <Result extends { id: string }>(result: Result, asTable: (result: Result) => string): void => {
        if (values.suspects !== undefined) report.write(values.suspects, suspectsCsv(probeResults.suspects(result.id)))
        report.result(values.json, result, () => asTable(result))
      }
      const title = probes.title(options)
      const runTwin = async ({ path, twin }: ModelInfo): Promise<ProbeResult> => {
        if (twin === undefined)
          throw new UserError(
            `${model.name} has no untrained twin: only a transformer with trained weights has one. Omit --twin.`
          )
        const { id } = await models.open(path, silentJob(), twinSeed)
        return jobs.run('probe', `${title}, untrained twin`, undefined, (job) =>
          runs.run('probe', { ...options, modelId: id, conditional: false }, job)
        )
      }
      const result = await jobs.run('probe', title, undefined, (job) => runs.call('probe.run', options, job))
      if (result.resultKind === 'regression') print(result, regressionTable)
      else if (learnsTrees(probe)) print(result, structureTable)
      else {
        const twin = values.twin ? await runTwin(model) : null
        const tests = await compare.tests(result.id, options.seed, silentJob())
        print({ ...result, tests, ...(twin ? { twin } : {}) }, (all) => probeTable(all) + signalTable(all, tests))
      }
      return 0
    }, values.keep)
  }
})

/** Every task with its unit, in the order of the table of tasks. */
function taskList(): string {
  return taskUnits
    .map((unit) => {
      const families = taskFamilies.filter((family) => family.unit === unit)
      return `  ${unitTitles[unit]}\n${families.map(({ id, summary }) => `    ${id.padEnd(36)} ${summary}\n`).join('')}`
    })
    .join('')
}
