import { formatCount, formatCounted } from './counts'
import { drawnPartsText } from './drawing'
import type { Pooling } from './model'
import { askedProbe, type CrossValidation, type ProbeResult } from './probe'
import { methodTitle, probeKinds, readsLayersBelow } from './probeMethods'
import { itemTitles, type SpanPooling, type TaskUnit } from './task'
import { tunedNames, withSetting, type ProbeSetting } from './tuning'

/** What a probing run was made with, as far as its scores depend on it. */
export interface ProbeSetUp extends ReturnType<typeof askedProbe> {
  dataset: ProbeResult['dataset']
  unit: TaskUnit
  pool: Pooling
  span?: SpanPooling
  /** The setting that tuning chose, which differs from run to run of the same request. */
  tuned?: ProbeSetting
  /** Folds of a cross-validation and of each fold's tuning. */
  folds?: Pick<CrossValidation, 'by' | 'inner'> & { outer: number }
  /** Items of the two parts. */
  trainWords: number
  testWords: number
  /** What was drawn of limited parts; without it, their words are the first, or all. */
  drawn?: ProbeResult['drawn']
  control: boolean
  seed: number
  seeds: number
}

export function setUpOf(result: ProbeResult): ProbeSetUp {
  const { dataset, task, pool, trainWords, testWords, options } = result
  return {
    ...askedProbe(options),
    dataset,
    unit: task.unit,
    pool,
    ...(options.tuning ? { tuned: options.tuning.chosen } : {}),
    ...(options.span ? { span: options.span } : {}),
    ...(options.folds ? { folds: foldCounts(options.folds) } : {}),
    trainWords,
    testWords,
    ...(result.drawn ? { drawn: result.drawn } : {}),
    control: result.layers.some(({ control }) => control !== undefined),
    seed: options.seed,
    seeds: options.seeds ?? 1
  }
}

function foldCounts({ by, inner, folds }: CrossValidation): NonNullable<ProbeSetUp['folds']> {
  return { by, outer: folds.length, ...(inner === undefined ? {} : { inner }) }
}

/**
 * 'linear, L2, C = 1'; where options were tuned, with what was chosen. Folds choose for themselves, so that of them
 * only what was tuned is known.
 */
export function methodText({
  probe,
  tuned,
  folds
}: Pick<ProbeSetUp, 'probe' | 'tuned'> & { folds?: object | undefined }): string {
  if (tuned && folds) return `${methodTitle(probe)}, ${tunedNames(probe, tuned)} tuned in each fold`
  const used = tuned ? withSetting(probe, tuned) : probe
  return [methodTitle(used), probeKinds[used.kind].settings?.(used), ...(tuned ? ['tuned'] : [])]
    .filter(Boolean)
    .join(', ')
}

/** How a word, and whatever the words make up, becomes a vector: 'first subword', 'first subword, mean of words'. */
export function poolingText({ pool, unit, span = 'mean' }: Pick<ProbeSetUp, 'pool' | 'unit' | 'span'>): string {
  const word = pool === 'mean' ? 'mean of subwords' : `${pool} subword`
  if (unit === 'token') return word
  // A sentence is the mean of its words; so are both halves of a pair, unless attention pools them.
  const words = unit === 'sentence' || (unit === 'pair' && span === 'ends') ? 'mean' : span
  return `${word}, ${{ mean: 'mean of words', ends: 'ends of spans', attention: 'attention over words' }[words]}`
}

/** What a run was made with, where that is not what the other was made with; null where it is. */
type Aspect = (run: ProbeSetUp, other: ProbeSetUp) => string | null

const aspects: readonly Aspect[] = [
  (run, other) =>
    same([run.probe, run.tune], [other.probe, other.tune])
      ? null
      : methodTitle(run.probe) === methodTitle(other.probe)
        ? methodText(run)
        : methodTitle(run.probe),
  ({ dataset }, other) => (dataset.id === other.dataset.id ? null : dataset.name),
  ({ dataset: { trainSplit, trainHash }, ...run }, { dataset, ...other }) =>
    same([trainSplit, trainHash], [dataset.trainSplit, dataset.trainHash])
      ? itemsWhere(run.trainWords !== other.trainWords, run.trainWords, run.unit, 'training')
      : `trained on ${trainSplit}`,
  ({ dataset: { testSplit, testHash }, ...run }, { dataset, ...other }) =>
    same([testSplit, testHash], [dataset.testSplit, dataset.testHash])
      ? itemsWhere(run.testWords !== other.testWords || run.unit !== other.unit, run.testWords, run.unit, 'test')
      : `tested on ${testSplit}`,
  ({ folds }, other) =>
    same(folds, other.folds) ? null : folds ? `${folds.outer} folds by ${folds.by}` : 'a part to test on',
  (run, other) => {
    const seed = drawnBy(run)
    if (seed === drawnBy(other)) return null
    return seed === null ? 'words in file order' : `words drawn with seed ${seed}`
  },
  (run, other) => (poolingText(run) === poolingText(other) || run.unit !== other.unit ? null : poolingText(run))
]

/** Seed by which words were drawn; null where none were. */
function drawnBy({ drawn }: ProbeSetUp): number | null {
  return (drawn?.train ?? drawn?.test)?.seed ?? null
}

function itemsWhere(differ: boolean, count: number, unit: TaskUnit, part: string): string | null {
  return differ ? `${formatCount(count)} ${part} ${itemTitles[unit]}${count === 1 ? '' : 's'}` : null
}

function same(run: unknown, other: unknown): boolean {
  return JSON.stringify(run) === JSON.stringify(other)
}

/**
 * The one rule by which scores of two probing runs are compared without a word about how they were made: the probe with
 * all of its settings, the data, the training and the test items, and the pooling are the same.
 * @returns in a few words each, what the run was made with where the other was not; empty where they can be compared
 */
export function setUpDifferences(run: ProbeSetUp, other: ProbeSetUp): string[] {
  return aspects.flatMap((aspect) => aspect(run, other) ?? [])
}

/** Whether two runs were made alike, so that they differ only in their models or tasks. */
export function isSetUpAlike(run: ProbeSetUp, other: ProbeSetUp): boolean {
  return setUpDifferences(run, other).length === 0
}

/** Whether a score belongs to the layer it is listed at; a mix's belongs to all layers up to it. */
export function isOfSingleLayers({ probe }: Pick<ProbeSetUp, 'probe'>): boolean {
  return !readsLayersBelow(probe)
}

/** What a score was read from: 'layer 5', or of a mix, 'layers 0 to 5, mixed'. */
export function layersRead(ofSingleLayers: boolean, layer: number): string {
  return ofSingleLayers || layer === 0 ? `layer ${layer}` : `layers 0 to ${layer}, mixed`
}

/**
 * Where a score belongs: 'at layer 5', or of a mix, which reads all layers up to it, 'with a mix of layers 0 to 5'.
 */
export function placeText(ofSingleLayers: boolean, layer: number): string {
  if (ofSingleLayers) return `at layer ${layer}`
  return layer === 0 ? 'with layer 0 alone' : `with a mix of layers 0 to ${layer}`
}

/**
 * ', trained on dev', of a run that was not trained on the training split, for the sentence with its score; otherwise
 * empty. ', cross-validated on dev' of one without a part to test on.
 */
export function trainedOnText(
  { trainSplit, testSplit }: Pick<ProbeSetUp['dataset'], 'trainSplit' | 'testSplit'>,
  folds?: CrossValidation
): string {
  if (folds) return `, cross-validated on ${trainSplit}`
  if (trainSplit === 'train') return ''
  return trainSplit === testSplit ? `, trained and tested on ${trainSplit}` : `, trained on ${trainSplit}`
}

/** 'dev 5,004 → test 2,022 words'. */
export function partsText(
  { trainSplit, testSplit }: Pick<ProbeSetUp['dataset'], 'trainSplit' | 'testSplit'>,
  trainItems: number,
  testItems: number,
  unit: TaskUnit
): string {
  return `${trainSplit} ${formatCount(trainItems)} → ${testSplit} ${formatCounted(testItems, itemTitles[unit])}`
}

/**
 * The run in one line: method, penalty, training and test items, pooling, control task, seeds.
 * @returns its parts
 */
export function runLine(setUp: ProbeSetUp): string[] {
  const { dataset, trainWords, testWords, drawn, unit, probe, control, seed, seeds, folds } = setUp
  const drawnText = drawnPartsText(drawn, unit)
  return [
    methodText(setUp),
    folds
      ? `${dataset.trainSplit} ${formatCounted(testWords, itemTitles[unit])}, ${folds.outer} folds by ${folds.by}`
      : partsText(dataset, trainWords, testWords, unit),
    ...(drawnText ? [drawnText] : []),
    poolingText(setUp),
    ...(probe.kind === 'structural' ? [] : [control ? 'control task' : 'no control task']),
    seeds === 1 ? `seed ${seed}` : `${seeds} seeds from ${seed}`
  ]
}
