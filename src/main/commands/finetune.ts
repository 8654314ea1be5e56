import { cpSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { CallInput } from '@shared/contract'
import { formatCount, formatCounted } from '@shared/counts'
import type { FinetuneEstimate, FinetuneResult } from '@shared/finetune'
import { before, finetuneOptions } from '@shared/finetuneRequests'
import { whole } from '@shared/probeMethods/method'
import { UserError } from '@shared/userError'
import { checkAlone } from '../commandLine/checkAlone'
import { defineCommand } from '../commandLine/command'
import { besideOf } from '../commandLine/besideFlags'
import { json, keep, labelledData, seed, untrained } from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { finetuneFieldNames, finetuneFields, finetuneFlagOptions, finetuneHelp } from '../commandLine/finetuneFlags'
import { openData, openModel } from '../commandLine/opening'
import { flag, need, number, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { probesAlongOf } from '../commandLine/probesAlongFlags'
import { checkNewFolder, type Report } from '../commandLine/report'
import { selfTrainingOf } from '../commandLine/selfTrainingFlags'
import { withServices } from '../commandLine/withServices'
import { atomicFolder } from '../engine/files/atomicFolder'
import type { Services } from '../engine/services'
import { casesIn } from '../engine/models/parity'
import { hasTrainingCase, runCase } from '../engine/training/trainingCases'
import { ensembleScore, type EnsembleScore } from '../engine/training/task/ensemble'
import { compareCases } from './compareCases'
import { finetuneTable, seedsLine } from './tables/finetuneTable'

/** In the folder of an adapted model: the models stored along the way. */
const checkpointsFolder = 'checkpoints'

const { maxTrain, maxTest } = finetuneOptions.entries

export const finetuneCommand = defineCommand({
  name: 'finetune',
  description:
    'Trains a model on a task of labelled data, and says what that did to its layers; or trains as recipes say and ' +
    'compares every step with what PyTorch computed.',
  usage: ['--model DIR --train FILE --test FILE --task NAME [--method NAME] [options]', '--cases FOLDER [--json OUT]'],
  options: {
    model: text('DIR', "the checkpoint's folder, or the name of a model in the cache"),
    untrained,
    train: text('FILE', `data to train on: ${labelledData}`),
    dev: text('FILE', 'data to watch training on; without it a tenth of the training sentences is held out'),
    test: text('FILE', 'data to test on, which decides nothing'),
    task: text('NAME', 'labels of words or sentences to learn'),
    'before-task': text('NAME', 'labels to learn first, with a head of their own (Phang et al. 2018)'),
    'before-train': text('FILE', 'data with those labels; by default --train'),
    'before-epochs': number(before.options[2].entries.epochs, 'N', 'passes over them'),
    student: text('DIR', 'with --method distillation: a model that learns from --model, in place of its blocks'),
    vectors: text('FILE', 'with --method bilstm: word vectors that its embeddings begin with'),
    'max-train': number(maxTrain, 'N', 'sentences to train on, drawn with the seed'),
    'max-test': number(maxTest, 'N', 'sentences to test on, the same for every seed'),
    out: text('DIR', "a new folder for the adapted model, in Hugging Face's layout; with several seeds one in it each"),
    'dry-run': flag('say what it would take, and train nothing'),
    seed: seed('of the head, the order of the sentences and all other draws'),
    seeds: withDefault(number(whole(1, 100), 'N', 'runs, with this seed and the next ones'), '1'),
    cases: text('FOLDER', 'a folder with recipe.json and expected.safetensors, or a folder of such folders'),
    json,
    keep,
    ...finetuneFlagOptions,
    ...dataOptions
  },
  get notes() {
    return `${finetuneHelp()}

With --cases, prints for each case how far losses, gradient norms, final parameters and predictions are from PyTorch's,
in parts of the case's tolerance (1 is the limit), and ok or FAIL. docs/training.md describes methods and recipes.`
  },
  examples: [
    'layerscope finetune --model resources/models/all-MiniLM-L6-v2 --task upos --method adapters --max-train 500' +
      ' --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz' +
      ' --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu --out adapted',
    'layerscope finetune --cases test/fixtures/training'
  ],
  resume: 'A run that was interrupted goes on at its last epoch; run the same command again.',
  exitCodes: 'Exits with 1 if a case is out of its tolerance.',
  async run({ values, typed, report }) {
    if (values.cases !== undefined) {
      checkAlone('cases', typed)
      return runCases(values.cases, values.json, report)
    }
    const model = need('finetune', 'model', values.model)
    const [train, test] = [need('finetune', 'train', values.train), need('finetune', 'test', values.test)]
    const task = need('finetune', 'task', values.task)
    const fields = finetuneFields(values)
    if (values.checkpoints !== undefined && values.out === undefined)
      throw new UserError('--checkpoints needs --out: the folder that the models along the way are stored in.')
    if (values.out !== undefined) checkNewFolder('out', values.out)
    return withServices(async (services) => {
      const opened = await openModel(services, report, model, values.untrained)
      const paths = [train, test, ...(values.dev === undefined ? [] : [values.dev])]
      const splitNames = ['train', 'test', 'dev'].slice(0, paths.length)
      const dataset = await openData(services, report, { paths, splitNames }, values, [task])
      const first = await beforeTask(services, report, values)
      const open = async (path: string): Promise<string> => {
        const further = await openData(services, report, { paths: [path], splitNames: ['train'] }, values)
        return further.id
      }
      const beside = await besideOf(values, fields.beside, open)
      const selfTraining = await selfTrainingOf(values, open)
      const student = values.student === undefined ? null : await openModel(services, report, values.student)
      const probes = await probesAlongOf(values, async (probeTrain, probeTest) => {
        const parts = { paths: [probeTrain, probeTest], splitNames: ['train', 'test'] }
        return (await openData(services, report, parts, values)).id
      })
      const vectors = values.vectors === undefined ? null : await openModel(services, report, values.vectors)
      const results: FinetuneResult[] = []
      for (let n = 0; n < values.seeds; n++) {
        const request = parseRequest(
          'finetune.run',
          {
            ...fields,
            ...first,
            ...beside,
            ...selfTraining,
            ...(student && { student: { modelId: student.id } }),
            ...probes,
            ...(vectors && { vectors: { modelId: vectors.id } }),
            modelId: opened.id,
            datasetId: dataset.id,
            task,
            trainSplit: 'train',
            testSplit: 'test',
            heldOutSplit: values.dev === undefined ? null : 'dev',
            maxTrain: values['max-train'] ?? null,
            maxTest: values['max-test'] ?? null,
            save: values.out !== undefined,
            seed: values.seed + n
          },
          { ...finetuneFieldNames, maxTrain: 'max-train', maxTest: 'max-test', seed: 'seed' }
        )
        if (values['dry-run']) {
          const estimate = await services.finetunes.estimate(request)
          report.result(values.json, estimate, () => estimateText(estimate, values.seeds))
          return 0
        }
        const title = services.finetunes.title(request)
        const result = await services.jobs.run('finetune', title, undefined, (job) =>
          services.runs.run('finetune', request, job)
        )
        for (const note of result.notes) report.note(note)
        if (values.out !== undefined && result.checkpoint !== null) {
          const place = values.seeds === 1 ? values.out : join(values.out, `seed-${request.seed}`)
          const along = (result.checkpoints ?? []).map(({ step, folder }) => ({ step, folder, name: `step-${step}` }))
          atomicFolder(place, (folder) => {
            cpSync(result.checkpoint!, folder, { recursive: true })
            for (const { folder: stored, name } of along)
              cpSync(stored, join(folder, checkpointsFolder, name), { recursive: true })
          })
          const checkpoints = along.map(({ step, name }) => ({ step, folder: join(place, checkpointsFolder, name) }))
          results.push({ ...result, checkpoint: place, ...(result.checkpoints && { checkpoints }) })
        } else results.push(result)
        if (values.seeds > 1 && values.json !== '-') process.stdout.write(`${finetuneTable(results.at(-1)!)}\n`)
      }
      const [only] = results
      const ensemble = values.seeds === 1 ? null : ensembleOf(services, results)
      report.result(values.json, ensemble ? { runs: results, ensemble } : only!, () =>
        ensemble ? seedsLine(results, ensemble) : finetuneTable(only!)
      )
      return 0
    }, values.keep)
  }
})

/** What the runs answer together, on the test items that they share. */
function ensembleOf(services: Services, results: readonly FinetuneResult[]): EnsembleScore {
  const tables = results.map(({ id }) => services.results.tensors(id, ['scores'])[0]!)
  const [{ predictions, task }] = results as [FinetuneResult]
  const gold = Float64Array.from(predictions, (prediction) => prediction.gold)
  return ensembleScore(
    tables.map(({ data }) => data),
    tables[0]!.shape[1]!,
    gold,
    task.kind
  )
}

/** The task that is learned first, where one is named. */
async function beforeTask(
  services: Services,
  report: Report,
  values: {
    readonly 'before-task'?: string | undefined
    readonly 'before-train'?: string | undefined
    readonly 'before-epochs'?: number | undefined
  }
): Promise<Pick<CallInput<'finetune.run'>, 'before'>> {
  const task = values['before-task']
  const path = values['before-train']
  const epochs = values['before-epochs']
  if (task === undefined) {
    const alone = path !== undefined ? 'before-train' : epochs !== undefined ? 'before-epochs' : null
    if (alone !== null) throw new UserError(`--${alone} needs --before-task: the labels to learn first.`)
    return {}
  }
  const other = path === undefined ? null : await openData(services, report, { paths: [path], splitNames: ['train'] })
  return {
    before: {
      kind: 'task',
      task,
      trainSplit: 'train',
      ...(other && { datasetId: other.id }),
      ...(epochs !== undefined && { epochs })
    }
  }
}

function runCases(folder: string, jsonPath: string | undefined, report: Report): Promise<number> {
  return compareCases(
    {
      cases: casesIn(resolve(folder), hasTrainingCase, 'recipe.json and expected.safetensors'),
      columns: ['losses', 'gradients', 'parameters', 'predictions'],
      within: 'within their tolerances',
      compare: ({ folder: path }) => runCase(path),
      figures: ({ loss, gradientNorm, final, evaluation }) =>
        [loss, gradientNorm, final, evaluation].map((distance) => distance.toFixed(3)),
      blame: ({ worst }) => worst
    },
    jsonPath,
    report
  )
}

function estimateText(
  { seconds, memoryBytes, diskBytes, trained, parameters, taskBytes, steps, selfTraining }: FinetuneEstimate,
  seeds: number
): string {
  const mib = (bytes: number): string => `${formatCount(Math.ceil(bytes / 2 ** 20))} MiB`
  return (
    (selfTraining
      ? `At most, with ${formatCounted(selfTraining.rounds, 'training')} after the first on up to ` +
        `${formatCounted(selfTraining.sentences, 'further sentence')}: `
      : '') +
    `${formatCounted(steps, 'update')}, about ${formatCount(Math.ceil(seconds))} s` +
    `${seeds > 1 ? ` for each of ${seeds} seeds` : ''}, ${mib(memoryBytes)} of memory, ${mib(diskBytes)} on disk.\n` +
    `${formatCount(trained)} of ${formatCount(parameters)} parameters train; ${mib(taskBytes)} are kept for the task.\n`
  )
}
