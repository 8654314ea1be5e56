import type { CallInput } from '@shared/contract'
import { curveKinds, curveSettings, type CurveKind } from '@shared/curveSettings'
import { treeTask } from '@shared/probe'
import { learnsTrees } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { defineCommand } from '../commandLine/command'
import {
  anyModel,
  drawFrom,
  inOrder,
  json,
  keep,
  layers,
  maxWords,
  pool,
  probeRequestNames,
  seed,
  untrained
} from '../commandLine/commonOptions'
import { dataOptions } from '../commandLine/dataOptions'
import { explained } from '../commandLine/help'
import { checkLayers, openData, openModel } from '../commandLine/opening'
import { choice, flag, fraction, group, need, repeated, required, text, withDefault } from '../commandLine/option'
import { parseRequest } from '../commandLine/parseRequest'
import { probeFlagOptions, probeFromFlags, probeHelp, recipeNamed } from '../commandLine/probeFlags'
import { VariantOptions } from '../commandLine/variantOptions'
import { withServices } from '../commandLine/withServices'
import { fileStem } from '../engine/datasets/splitNames'
import { curveTable } from './tables/curveTable'

const kinds = Object.keys(curveKinds) as CurveKind[]

/** The default of `--probe`. */
const usualProbe: Record<CurveKind, string> = {
  size: 'linear',
  hidden: 'mlp',
  pareto: 'mlp',
  rank: 'lowRank',
  restarts: 'linear',
  languages: 'linear'
}

/** Options of the axes; `shared/curveSettings.ts` has their curves, ranges and defaults. */
const axis = new VariantOptions('curve', curveSettings, {
  shares: { field: 'shares', argument: 'LIST', description: 'shares of the training sentences', read: fraction },
  draws: { field: 'draws', argument: 'N', description: 'draws of the sentences, for the band', read: fraction },
  sizes: {
    field: 'sizes',
    argument: 'LIST',
    description: 'units of the hidden layer, 0 for the linear probe',
    read: fraction
  },
  ranks: {
    field: 'ranks',
    argument: 'LIST',
    description: 'of a low-rank probe, or of --probe structural',
    read: fraction
  },
  starts: { field: 'starts', argument: 'N', description: 'random starts', read: fraction },
  'train-share': {
    field: 'trainShare',
    argument: 'SHARE',
    description: 'share of the sentences to train on, the same sentences in every language',
    read: fraction
  }
})

export const curveCommand = defineCommand({
  name: 'curve',
  description:
    'Trains a probe at every point of an axis, on every layer. An interrupted curve keeps its points; run the same ' +
    'command again to resume it.',
  usage: [
    '--kind KIND --model PATH --train FILE --test FILE --task NAME [options]',
    '--kind languages --model PATH --part FILE --part FILE [--part FILE ...] --task NAME'
  ],
  options: {
    kind: required(choice(kinds, 'KIND', 'what the axis shows; the kinds are below')),
    model: anyModel,
    untrained,
    train: text('FILE', 'labelled data to train on, as for `layerscope probe`'),
    test: text('FILE', 'labelled data of the same kind to test on'),
    part: repeated(
      text('FILE', "languages: one file each, with parallel sentences: sentence n of each file translates the others'")
    ),
    task: text('NAME', 'what to probe for; `layerscope probe --help` lists the tasks'),
    span: withDefault(
      choice(['mean', 'ends'] as const, 'WAY', 'how several words become one vector, in tasks of spans and pairs'),
      'mean'
    ),
    pool,
    layers: layers('for example 0,3,6; all layers by default'),
    'max-words': maxWords('train on whole sentences, up to about N words, drawn with the seed'),
    'in-order': inOrder,
    control: flag('train the control task as well (always with --kind hidden)'),
    seed: seed('of the control task, the training and all draws'),
    json,
    keep,
    ...group('The axis', axis.options()),
    ...dataOptions,
    ...probeFlagOptions
  },
  get notes() {
    const explanations = kinds.map((kind) => [kind, curveKinds[kind].explanation] as const)
    return `${explained('Kinds of curves', explanations)}\n\n${probeHelp()}`
  },
  examples: [
    'layerscope curve --kind size --model resources/models/all-MiniLM-L6-v2 --task upos --layers 0,3,6' +
      ' --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz' +
      ' --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz',
    'layerscope curve --kind languages --model ~/bert-base-multilingual --task upos --part en_pud.conllu' +
      ' --part de_pud.conllu --part fr_pud.conllu'
  ],
  resume: "The curve's finished points are kept; run the same command again to resume.",
  run({ values, report }) {
    const { kind } = values
    const paths =
      kind === 'languages' ? values.part : [need('curve', 'train', values.train), need('curve', 'test', values.test)]
    if (kind === 'languages' && paths.length < 2)
      throw new UserError(
        'Name one file for each of two or more languages: --part FILE --part FILE. ' +
          '`layerscope curve --help` shows an example.'
      )
    const splitNames = kind === 'languages' ? paths.map(languageOf) : ['train', 'test']
    const probe = probeFromFlags(values.probe ?? usualProbe[kind], values, recipeNamed(values.recipe)?.probe)
    const task = learnsTrees(probe) ? treeTask.id : need('curve', 'task', values.task)
    const settings = {
      kind,
      ...axis.read(kind, values),
      ...(kind === 'languages' && { splits: splitNames })
    } as CallInput<'curve.run'>['curve']
    return withServices(async (services) => {
      const { curves, runs, jobs } = services
      const model = await openModel(services, report, values.model, values.untrained)
      checkLayers('layers', values.layers ?? null, model)
      const dataset = await openData(services, report, { paths, splitNames }, values, [task])
      const request = parseRequest(
        'curve.run',
        {
          modelId: model.id,
          datasetId: dataset.id,
          task,
          span: values.span,
          trainSplit: splitNames[0]!,
          testSplit: splitNames[1]!,
          pool: values.pool,
          layers: values.layers ?? null,
          maxTrainWords: values['max-words'] ?? null,
          maxTestWords: null,
          ...drawFrom(values, values['max-words']),
          control: kind === 'hidden' || values.control,
          codelength: false,
          restarts: 1,
          probe,
          seed: values.seed,
          curve: settings
        },
        { ...probeRequestNames, task: 'task', ...axis.names('curve'), 'curve.splits': 'part' }
      )
      const result = await jobs.run('curve', curves.title(request), undefined, (job) => runs.run('curve', request, job))
      report.result(values.json, result, () => curveTable(result))
      return 0
    }, values.keep)
  }
})

/** The part's name: its file's, without what treebanks append to the language. */
function languageOf(path: string): string {
  return fileStem(path).replace(/-ud-(train|dev|test)$/, '')
}
