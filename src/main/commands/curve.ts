import { writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import * as v from 'valibot'
import type { CurveOptions } from '@shared/contract'
import { curveKinds, curveSettings, type CurveKind, type CurveSettings } from '@shared/curveSettings'
import { silentJob } from '@shared/jobs'
import { treeTask } from '@shared/probe'
import { UserError } from '@shared/userError'
import { need, oneOf, readArguments, untrainedSeed, wholeNumber, withUntrainedSeed, type Command } from './command'
import { curveTable } from './curveTable'
import { probeFlagOptions, probeFromFlags, probeHelp, recipeNamed } from './probeFlags'
import { withServices } from './withServices'

const kinds = Object.keys(curveKinds) as CurveKind[]

const help = `Trains a probe again and again along one axis, on every layer. What an interrupted curve has is kept: the same command goes on where it stopped.

  layerscope curve --kind KIND --model PATH --train FILE --test FILE --task NAME [--json OUT]
  layerscope curve --kind languages --model PATH --part FILE --part FILE [--part FILE ...] --task NAME

  --kind KIND       what stands on the axis:
${kinds.map((kind) => `      ${kind.padEnd(14)}${curveKinds[kind].explanation}`).join('\n')}
  --shares LIST     size: shares of the training sentences (default 1/64,1/32,1/16,1/8,1/4,1/2,1)
  --draws N         size: draws of the sentences, for the band (default 3)
  --sizes LIST      hidden: units of the hidden layer, 0 for the linear probe (default 0,8,32,128,512)
  --ranks LIST      rank: of a low-rank probe, or of --probe structural (default 1,2,4,8,16,32,64)
  --starts N        restarts: random starts (default 20)
  --part FILE       languages: a file a language; sentence n of each is taken for a translation of the others'
  --train-share S   languages: share of the sentences that are trained on, the same of every language (default 0.7)
  --model PATH      the checkpoint's folder, a file of word vectors, or the name of a model in the cache
  --untrained [N]   its twin with random weights of seed N
  --train FILE, --test FILE, --task NAME, --span WAY, --pool WAY, --layers LIST, --max-words N, --seed N
                    as of \`layerscope probe\`
  --control         train the control task as well (always with --kind hidden)
  --json OUT        write the whole curve; OUT - writes it to standard output instead of the table
  --probe KIND      what to train (default linear):
${probeHelp()}

Examples
  layerscope curve --kind size --model resources/models/all-MiniLM-L6-v2 --task upos --layers 0,3,6 \\
    --train resources/datasets/ud_english-ewt/en_ewt-ud-dev.conllu.gz \\
    --test resources/datasets/ud_english-ewt/en_ewt-ud-test.conllu.gz
  layerscope curve --kind languages --model ~/bert-base-multilingual --task upos --part en_pud.conllu --part de_pud.conllu --part fr_pud.conllu
`

export const curveCommand: Command = {
  name: 'curve',
  summary: 'probe by training size, hidden size, rank, random start or language',
  help,
  async run(parameters) {
    const { values } = readArguments('curve', withUntrainedSeed(parameters), {
      kind: { type: 'string' },
      shares: { type: 'string' },
      draws: { type: 'string' },
      sizes: { type: 'string' },
      ranks: { type: 'string' },
      starts: { type: 'string' },
      part: { type: 'string', multiple: true },
      'train-share': { type: 'string' },
      model: { type: 'string' },
      untrained: { type: 'string' },
      train: { type: 'string' },
      test: { type: 'string' },
      task: { type: 'string' },
      span: { type: 'string', default: 'mean' },
      pool: { type: 'string', default: 'first' },
      layers: { type: 'string' },
      'max-words': { type: 'string' },
      control: { type: 'boolean' },
      probe: { type: 'string' },
      recipe: { type: 'string' },
      ...probeFlagOptions,
      seed: { type: 'string', default: '1' },
      json: { type: 'string' }
    })
    const kind = oneOf('kind', need('curve', 'kind', values.kind), kinds)
    const modelPath = need('curve', 'model', values.model)
    const paths =
      kind === 'languages'
        ? (values.part ?? [])
        : [need('curve', 'train', values.train), need('curve', 'test', values.test)]
    if (kind === 'languages' && paths.length < 2)
      throw new UserError(
        'Name a file for each of two languages or more: --part FILE --part FILE. `layerscope curve --help` shows an example.'
      )
    const splitNames = kind === 'languages' ? paths.map(languageOf) : ['train', 'test']
    const probe = probeFromFlags(values.probe ?? usualProbe[kind], values, recipeNamed(values.recipe)?.probe)
    const settings = settingsFrom(kind, { ...values, splits: splitNames })
    const options = {
      task: probe.kind === 'structural' ? treeTask.id : need('curve', 'task', values.task),
      span: oneOf('span', values.span, ['mean', 'ends'] as const),
      trainSplit: splitNames[0]!,
      testSplit: splitNames[1]!,
      pool: oneOf('pool', values.pool, ['first', 'last', 'mean'] as const),
      layers: values.layers ? values.layers.split(',').map((layer) => wholeNumber('layers', layer, 0)) : null,
      maxTrainWords: values['max-words'] ? wholeNumber('max-words', values['max-words'], 1) : null,
      maxTestWords: null,
      control: kind === 'hidden' || (values.control ?? false),
      codelength: false,
      restarts: 1,
      probe,
      seed: wholeNumber('seed', values.seed, 0),
      curve: settings
    }
    return withServices(async ({ models, datasets, curves, jobs }) => {
      const model = await models.open(modelPath, silentJob(), untrainedSeed(values.untrained))
      const dataset = await datasets.open({ paths, splitNames })
      const asked: CurveOptions = { ...options, modelId: model.id, datasetId: dataset.id }
      const result = await jobs.run('curve', curves.title(asked), undefined, (job) => curves.run(asked, job))
      const json = JSON.stringify(result, null, 1)
      if (values.json && values.json !== '-') writeFileSync(values.json, `${json}\n`)
      process.stdout.write(values.json === '-' ? `${json}\n` : curveTable(result))
      return 0
    })
  }
}

/** What is trained where `--probe` names nothing. */
const usualProbe: Record<CurveKind, string> = {
  size: 'linear',
  hidden: 'mlp',
  rank: 'lowRank',
  restarts: 'linear',
  languages: 'linear'
}

interface CurveFlags {
  shares?: string | undefined
  draws?: string | undefined
  sizes?: string | undefined
  ranks?: string | undefined
  starts?: string | undefined
  'train-share'?: string | undefined
  splits: string[]
}

/** @throws UserError naming the option that cannot be read */
function settingsFrom(kind: CurveKind, flags: CurveFlags): CurveSettings {
  const list = (option: 'shares' | 'sizes' | 'ranks'): number[] | undefined =>
    flags[option]?.split(',').map((text) => fraction(option, text))
  const one = (option: 'draws' | 'starts' | 'train-share'): number | undefined =>
    flags[option] === undefined ? undefined : fraction(option, flags[option])
  const given: Record<CurveKind, Record<string, unknown>> = {
    size: { shares: list('shares'), draws: one('draws') },
    hidden: { sizes: list('sizes') },
    rank: { ranks: list('ranks') },
    restarts: { starts: one('starts') },
    languages: { splits: flags.splits, trainShare: one('train-share') }
  }
  const parsed = v.safeParse(curveSettings, {
    kind,
    ...Object.fromEntries(Object.entries(given[kind]).filter(([, value]) => value !== undefined))
  })
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  throw new UserError(
    `The settings of a curve by ${curveKinds[kind].title.toLowerCase()} cannot be used: ${v.getDotPath(issue) ?? kind}: ${issue.message}. \`layerscope curve --help\` explains them.`
  )
}

/** '1/64' or '0.25'. */
function fraction(option: string, text: string): number {
  const [above = '', below, ...rest] = text.trim().split('/')
  const value = Number(above) / Number(below ?? 1)
  if (above.trim() === '' || below?.trim() === '' || rest.length > 0 || !Number.isFinite(value))
    throw new UserError(`--${option} is '${text}'; it takes numbers as 0.25, 1/4 or 32.`)
  return value
}

/** The part's name: its file's, without what treebanks put behind the language. */
function languageOf(path: string): string {
  return basename(path)
    .replace(/\.gz$/, '')
    .replace(/\.[^.]+$/, '')
    .replace(/-ud-(train|dev|test)$/, '')
}
