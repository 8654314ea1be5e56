import { pruningOptions, ablationScanOptions } from '@shared/ablationRequests'
import type { CallInput } from '@shared/contract'
import type { Edit } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import type { ModelInfo } from '@shared/model'
import { defaultMethod } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { defineCommand, type Given } from '../commandLine/command'
import {
  drawFrom,
  inOrder,
  json,
  keep,
  labelledData,
  layer,
  seed,
  transformer,
  wordCount
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { checkLayers, openData, openModel } from '../commandLine/opening'
import {
  choice,
  chosen,
  flag,
  group,
  need,
  number,
  output,
  parsed,
  plainNumber,
  required,
  text,
  withDefault,
  words
} from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import type { Report } from '../commandLine/report'
import { withServices } from '../commandLine/withServices'
import type { Services } from '../engine/services'
import { ablateSet, asksForSet, labelsOf, openTraining, readInterventions, setOptions } from './ablateSet'
import { pruningTable, scanTable } from './tables/ablateTables'
import { mapCsv, mapTable } from './tables/mapTable'

const options = {
  model: transformer,
  data: required(text('FILE', `the corpus to measure on: ${labelledData}`)),
  'max-words': wordCount('whole sentences of it, up to about N words, drawn with the seed', '5000'),
  'in-order': inOrder,
  unit: withDefault(
    choice(ablationScanOptions.entries.unit.options, 'KIND', 'what is switched off, one after the other'),
    'head'
  ),
  edit: withDefault(
    parsed(
      'HOW',
      "what replaces it: zeros, its mean over the corpus, another token's value, itself plus noise, or itself scaled",
      'zero, mean, resample, noise[:SIZE], scale:FACTOR',
      readEdit
    ),
    'zero'
  ),
  tasks: words(
    'A,B,...',
    'every head, attention, MLP and layer by every one of these labels, and the loss with --loss, in one ' +
      'pass; probes are trained on --train and kept. A cancelled run can be resumed'
  ),
  csv: output('OUT', 'of --tasks: the whole map as a table'),
  prune: number(
    pruningOptions.entries.steps,
    'STEPS',
    'then switch off more and more, least important first, compared with random orders; heads with --loss ' +
      'also by the derivative of the loss with respect to a mask on the head (Michel, Levy & Neubig 2019)'
  ),
  seed: seed('of all random draws'),
  json,
  keep,
  ...group("Measures (the last hidden states' movement when none is named)", {
    label: text('NAME', 'accuracy of a linear probe that was trained on --train FILE with the unchanged model'),
    train: text('FILE', 'data to train probes on and to fit erasers to'),
    'probe-layer': layer("the probe's layer (default: the last)"),
    loss: flag('loss of the language-model head, on the next token or on masked tokens; for a set also its accuracy'),
    movement: flag('how far the last hidden states move')
  }),
  ...setOptions,
  ...dataOptions
}

type Values = Given<typeof options>['values']

export const ablateCommand = defineCommand({
  name: 'ablate',
  description: 'Switches off parts of a model and measures on a corpus what breaks.',
  usage: [
    '--model DIR --data FILE [--unit KIND] [--edit HOW] [measures] [--prune STEPS]',
    '--model DIR --data FILE --interventions FILE.json [measures]',
    '--model DIR --data FILE --erase TASK --train FILE [--layers LIST] [measures]',
    '--model DIR --data FILE --tasks A,B,... --train FILE [--loss] [--edit HOW] [--csv OUT]'
  ],
  options,
  notes: `Layers and heads count from 1 in the tables, as in the window; in files of interventions and in --json, blocks
and heads count from 0 (docs/ablations.md).`,
  examples: [
    'layerscope ablate --model resources/models/all-MiniLM-L6-v2 --data dev.conllu --label upos --train train.conllu',
    'layerscope ablate --model resources/models/all-MiniLM-L6-v2 --data dev.conllu --tasks upos,deprel,Number' +
      ' --train train.conllu --csv map.csv',
    'layerscope ablate --model ~/gpt2 --data dev.conllu --loss --edit mean --prune 12 --json pruned.json',
    'layerscope ablate --model ~/gpt2 --data dev.conllu --loss --interventions no-induction.json',
    'layerscope ablate --model ~/gpt2 --data dev.conllu --train train.conllu --erase upos --layers 3' +
      ' --retrain upos,deprel --change --loss'
  ],
  run({ values, report }) {
    const ofSet = asksForSet(values)
    const given = values.interventions === undefined ? null : readInterventions(values.interventions)
    if (values.tasks ?? values.label ?? values.erase ?? values.retrain) need('ablate', 'train', values.train)
    const edit = seeded(values.edit, values.seed)
    return withServices(
      async (services) => {
        const model = await openModel(services, report, values.model)
        checkLayers('probe-layer', [values['probe-layer'] ?? 0], model)
        checkLayers('layers', values.layers ?? null, model)
        const dataset = await openData(
          services,
          report,
          { paths: [values.data], splitNames: ['all'] },
          values,
          labelsOf(values)
        )
        const maxWords = values['max-words']
        const drawing = drawFrom(values, maxWords)
        const corpus = { modelId: model.id, datasetId: dataset.id, split: 'all', maxWords, ...drawing }
        const measured = { ...corpus, loss: values.loss, movement: values.movement, seed: values.seed }
        if (values.tasks) return mapTasks(services, report, values, model, { ...measured, edit })
        const at = values['probe-layer'] ?? model.layers
        const training = values.label ? await openTraining(services, report, values) : null
        const probe =
          values.label && training
            ? { runId: await trainProbe(services, values, model.id, training.id, values.label, at), layer: at }
            : null
        const measures = { ...measured, probe }
        const { runs, jobs } = services
        const run = <R>(work: (job: JobHandle) => Promise<R>): Promise<R> =>
          jobs.run('ablation', 'Switching off parts', undefined, work)
        if (ofSet) {
          const { result, table } = await ablateSet(
            services,
            report,
            values,
            { ...measures, layers: model.layers },
            given
          )
          report.result(values.json, result, () => table)
        } else if (values.prune !== undefined) {
          const request = parseRequest(
            'ablation.prune',
            { ...measures, unit: values.unit, edit, steps: values.prune, randomOrders: 3 },
            requestNames
          )
          const result = await run((job) => runs.run('pruning', request, job))
          report.result(values.json, result, () => pruningTable(result))
        } else {
          const request = parseRequest('ablation.scan', { ...measures, unit: values.unit, edit }, requestNames)
          const result = await run((job) => runs.run('scan', request, job))
          report.result(values.json, result, () => scanTable(result))
        }
        return 0
      },
      values.keep,
      values.tasks || values.label ? { library: true } : undefined
    )
  },
  resume: 'Computed word vectors are kept, and the measurements of --tasks; run the same command again to resume.'
})

/** Options by the field of a request. */
const requestNames = { maxWords: 'max-words', unit: 'unit', edit: 'edit', steps: 'prune', seed: 'seed', runs: 'tasks' }

async function mapTasks(
  services: Services,
  report: Report,
  values: Values,
  model: ModelInfo,
  measured: Omit<CallInput<'ablation.map'>, 'runs' | 'randomDraws'>
): Promise<number> {
  const at = values['probe-layer'] ?? model.layers
  const training = await openTraining(services, report, values)
  const runs: { runId: string; layer: number }[] = []
  for (const task of values.tasks ?? [])
    runs.push({ runId: await trainProbe(services, values, model.id, training.id, task, at), layer: at })
  const request = parseRequest('ablation.map', { ...measured, runs, randomDraws: 3 }, requestNames)
  const result = await services.jobs.run('ablation', 'Every part by every task', undefined, (job) =>
    services.runs.run('taskMap', request, job)
  )
  if (values.csv) report.write(values.csv, mapCsv(result))
  report.result(values.json, result, () => mapTable(result))
  return 0
}

/** An edit as typed; one that draws random numbers gets its seed later. */
type TypedEdit = { kind: 'zero' | 'mean' | 'resample' } | { kind: 'scale' | 'noise'; amount: number }

/** @throws UserError for an edit that the command line cannot spell */
function readEdit(given: string, name: string): TypedEdit {
  const [kind, amount] = given.split(':')
  if (kind === 'scale' || kind === 'noise') {
    const value = amount === undefined ? 1 : plainNumber(amount)
    if (!Number.isFinite(value)) throw new UserError(`--${name} is '${given}'; ${kind}: must be followed by a number.`)
    return { kind, amount: value }
  }
  return { kind: chosen(['zero', 'mean', 'resample'] as const, given, name) }
}

function seeded(edit: TypedEdit, seed: number): Edit {
  switch (edit.kind) {
    case 'scale':
      return { kind: 'scale', factor: edit.amount }
    case 'noise':
      return { kind: 'noise', size: edit.amount, seed }
    case 'resample':
      return { kind: 'resample', seed }
    default:
      return { kind: edit.kind }
  }
}

/** @param at the probed layer @returns the id of the run */
async function trainProbe(
  { runs, jobs }: Services,
  values: Values,
  modelId: string,
  datasetId: string,
  task: string,
  at: number
): Promise<string> {
  const request = parseRequest(
    'probe.run',
    {
      modelId,
      datasetId,
      task,
      trainSplit: 'train',
      testSplit: 'test',
      pool: 'first',
      layers: [at],
      maxTrainWords: null,
      maxTestWords: 2000,
      ...drawFrom(values, 2000),
      control: false,
      codelength: false,
      restarts: 1,
      probe: defaultMethod('linear'),
      seed: values.seed
    },
    { task: values.tasks ? 'tasks' : 'label', layers: 'probe-layer', seed: 'seed' }
  )
  const { id } = await jobs.run('probe', `Probing ${task}`, undefined, (job) => runs.run('probe', request, job))
  return id
}
