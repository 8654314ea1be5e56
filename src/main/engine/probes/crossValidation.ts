import type { ConditionalScore, CrossValidation, ProbeLayerResult, ProbeResult, TypeScores } from '@shared/probe'
import { meanOf } from '@shared/spread'
import { settingsToTry, type TuneRequest, type Tuning } from '@shared/tuning'
import type { JobHandle } from '@shared/jobs'
import { partOfJob } from '../jobs/partOfJob'
import { tuningShare } from './probeEstimate'
import { labelledItems, runProbe, type ProbeRunInput, type ProbeRunOutcome } from './probeRunner'
import { expectedError } from './scores/calibration'
import { ClusterBootstrap } from './scores/intervals'
import { layerScores } from './scores/layerScores'
import { accuracy, confusionMatrix, macroF1 } from './scores/metrics'
import { foldsOf, onlyItems, tuneProbe, usualInnerFolds } from './tuning'

export interface CrossValidationInput extends Omit<ProbeRunInput, 'test'> {
  folds: number
  /** Nested cross-validation: what each fold's training part chooses from, on inner folds of its own. */
  tune?: TuneRequest | undefined
  innerFolds?: number | undefined
}

/** A fold: items that its probes were trained on and those that they predicted, and what came out. */
interface FoldOutcome {
  learnt: Int32Array
  scored: Int32Array
  outcome: ProbeRunOutcome
  tuning?: Tuning
}

/**
 * Cross-validation of probes: the part is divided into folds of whole documents or sentences, and every item is
 * predicted by a probe that learnt the other folds. Nested (Varma & Simon 2006), options of the probe are chosen in
 * each fold by a cross-validation of its training part alone, so that what is scored decides nothing. Scores, their
 * intervals and tests are of the pooled predictions; those of baselines too. The probes that are kept are trained on
 * all items, with options chosen on all of them in the same way.
 */
export async function crossValidate(input: CrossValidationInput): Promise<ProbeRunOutcome> {
  const { train, folds, tune, options, job } = input
  const innerFolds = input.innerFolds ?? usualInnerFolds
  const labelled = labelledItems(train)
  const choose = async (learnt: Int32Array, part: JobHandle) =>
    tune
      ? await tuneProbe(
          { ...input, train: onlyItems(train, learnt) },
          options.probe,
          { tune, folds: innerFolds },
          options.seed,
          part
        )
      : { probe: options.probe }
  const tuningPart = tuningShare({
    settings: tune ? settingsToTry(options.probe, tune).length : 0,
    folds: innerFolds,
    control: options.control
  })
  const run = async (learnt: Int32Array, scored: Int32Array, at: number, changes: Partial<typeof options> = {}) => {
    const part = (from: number, to: number, title: string): JobHandle =>
      partOfJob(job, (at + from) / (folds + 1), (at + to) / (folds + 1), title)
    const title = at < folds ? `Fold ${at + 1} of ${folds}` : 'All items'
    const { probe, ...chosen } = await choose(learnt, part(0, tuningPart, `${title}, tuning`))
    const outcome = await runProbe({
      ...input,
      train: onlyItems(train, learnt),
      test: onlyItems(train, scored),
      options: { ...options, ...changes, probe },
      job: part(tuningPart, 1, title)
    })
    return { learnt, scored, outcome, ...chosen }
  }
  const done: FoldOutcome[] = []
  for (const [at, { learnt, scored }] of foldsOf(train, labelled, folds, options.seed).entries())
    done.push(await run(learnt, scored, at))
  const whole = await run(labelled, labelled, folds, { control: false, conditional: false })
  return pooled(input, labelled, done, whole, tune ? innerFolds : undefined)
}

async function pooled(
  { layers, train, classes, options, job }: CrossValidationInput,
  labelled: Int32Array,
  folds: readonly FoldOutcome[],
  whole: FoldOutcome,
  inner: number | undefined
): Promise<ProbeRunOutcome> {
  const count = classes.length
  const gold = labelled.map((item) => train.classes[item]!)
  const tensors = pooledTensors(folds, whole)
  const answers = (name: string, row: number): Int32Array =>
    labelled.map((item) => tensors[name]!.data[row * train.items + item]!)
  const clusterOf = labelled.map((item) => (train.clusters?.of ?? train.sentences)[item]!)
  const bootstrap = new ClusterBootstrap(clusterOf, options.seed)
  const summaries = folds.map(({ outcome }) => outcome.summary)
  const items = folds.map(({ scored }) => scored.length)
  const types = pooledTypes(summaries)
  const results: ProbeLayerResult[] = []
  for (const [index, layer] of layers.entries()) {
    const predicted = answers('predictions', index)
    const controlRight = tensors.controlRight ? Uint8Array.from(answers('controlRight', index)) : null
    const confusion = confusionMatrix(gold, predicted, count)
    const intervals = await bootstrap.intervals({ gold, predicted, controlRight }, count, job)
    const ofFolds = summaries.map((summary) => summary.layers[index]!)
    const { sparsity, mix, iterations, converged, loss } = whole.outcome.summary.layers[index]!
    const losses = ofFolds.map(({ calibration }) => calibration?.logLoss ?? null)
    const probability = Float64Array.from(labelled, (item) => tensors.probability.data[index * train.items + item]!)
    tensors.confusion.data.set(confusion, index * count * count)
    results.push({
      ...layerScores(layer, confusion, classes, intervals, controlRight),
      calibration: {
        ...expectedError(
          probability,
          Uint8Array.from(gold, (label, i) => Number(label === predicted[i]))
        ),
        logLoss: losses.some((value) => value === null) ? null : weighted(losses as number[], items)
      },
      types: {
        ...pooledScores(
          ofFolds.map((result) => result.types),
          summaries
        ),
        ...(controlRight && {
          control: pooledScores(
            ofFolds.map((result) => result.types?.control),
            summaries
          )
        })
      },
      ...pooledConditional(ofFolds, items),
      ...(sparsity && { sparsity }),
      ...(mix && { mix }),
      iterations,
      converged: converged && ofFolds.every((result) => result.converged),
      loss
    })
  }
  const scoreOf = (predicted: Int32Array) => {
    const confusion = confusionMatrix(gold, predicted, count)
    return { accuracy: accuracy(confusion, count), macroF1: macroF1(confusion, count) }
  }
  const majorities = new Int32Array(train.items)
  folds.forEach(({ scored, outcome }) =>
    scored.forEach((item) => (majorities[item] = classes.indexOf(outcome.summary.majority.label)))
  )
  const by = train.clusters?.by ?? 'sentence'
  return {
    summary: {
      trainWords: labelled.length,
      testWords: labelled.length,
      testSentences: new Set(labelled.map((item) => train.sentences[item]!)).size,
      clusters: { by, count: new Set(clusterOf).size },
      majority: {
        label: whole.outcome.summary.majority.label,
        ...scoreOf(labelled.map((item) => majorities[item]!))
      },
      memoriser: scoreOf(answers('memoriser', 0)),
      types,
      layers: results
    },
    options: {
      ...whole.outcome.options,
      ...(whole.tuning && { tuning: whole.tuning }),
      folds: foldRecords(by, inner, folds)
    },
    seconds: {
      solve: sumOf([...folds, whole].map(({ outcome }) => outcome.seconds.solve)),
      score: sumOf([...folds, whole].map(({ outcome }) => outcome.seconds.score))
    },
    tensors
  }
}

function foldRecords(
  by: CrossValidation['by'],
  inner: number | undefined,
  folds: readonly FoldOutcome[]
): CrossValidation {
  return {
    by,
    ...(inner === undefined ? {} : { inner }),
    folds: folds.map(({ learnt, scored, outcome, tuning }) => ({
      trainItems: learnt.length,
      testItems: scored.length,
      accuracy: outcome.summary.layers.map((result) => result.accuracy),
      ...(tuning && { tuning })
    }))
  }
}

/** What each item's fold said of it; weights are those of the probes of all items. */
function pooledTensors(folds: readonly FoldOutcome[], whole: FoldOutcome): ProbeRunOutcome['tensors'] {
  const first = folds[0]!.outcome.tensors
  const tensors = { ...whole.outcome.tensors }
  const byItem = ['predictions', 'probability', 'memoriser', 'controlRight', 'conditionalRight', 'baselineRight']
  for (const name of byItem.filter((each) => folds.every(({ outcome }) => outcome.tensors[each] !== undefined))) {
    const { shape, data } = first[name]!
    const all = name === 'probability' ? new Float32Array(data.length) : new Int32Array(data.length)
    const items = shape.at(-1)!
    for (const { scored, outcome } of folds)
      for (let row = 0; row * items < all.length; row++)
        for (const item of scored) all[row * items + item] = outcome.tensors[name]!.data[row * items + item]!
    tensors[name] = { shape, data: all }
  }
  return tensors
}

type Summary = ProbeRunOutcome['summary']

/** A control task that one fold could not have is left out of all. */
function pooledTypes(summaries: readonly Summary[]): NonNullable<ProbeResult['types']> {
  const types = summaries.map((summary) => summary.types!)
  return {
    seen: sumOf(types.map(({ seen }) => seen)),
    unseen: sumOf(types.map(({ unseen }) => unseen)),
    memoriser: pooledScores(
      types.map(({ memoriser }) => memoriser),
      summaries
    ),
    recur: types.every(({ recur }) => recur)
  }
}

/** Shares over the items of all folds. */
function pooledScores(scores: readonly (TypeScores | undefined)[], summaries: readonly Summary[]): TypeScores {
  const share = (part: keyof TypeScores): number | null => {
    const counts = summaries.map(({ types }) => types![part])
    return sumOf(counts) === 0
      ? null
      : weighted(
          scores.map((score) => score?.[part] ?? 0),
          counts
        )
  }
  return { seen: share('seen'), unseen: share('unseen') }
}

function pooledConditional(
  ofFolds: readonly ProbeLayerResult[],
  items: readonly number[]
): { conditional?: ConditionalScore } {
  const scores = ofFolds.flatMap(({ conditional }) => conditional ?? [])
  if (scores.length < ofFolds.length) return {}
  const mean = (of: keyof ConditionalScore): number =>
    weighted(
      scores.map((score) => score[of]),
      items
    )
  return {
    conditional: {
      accuracy: mean('accuracy'),
      baseline: mean('baseline'),
      bits: mean('bits'),
      baselineBits: mean('baselineBits'),
      items: Math.round(meanOf(scores.map((score) => score.items)))
    }
  }
}

function weighted(values: readonly number[], weights: readonly number[]): number {
  return sumOf(values.map((value, i) => value * weights[i]!)) / sumOf(weights)
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
