import { drawnText, type DrawnPart } from '@shared/drawing'
import {
  differentialScores,
  intervalRefusal,
  mixSummary,
  type Interval,
  type ProbeResult,
  type RankStructure,
  type TypeScores
} from '@shared/probe'
import { methodTitle } from '@shared/probeMethods'
import type { RegressionResult } from '@shared/regression'
import { isOfSingleLayers } from '@shared/probeSetUp'
import { deviationOf, meanOf } from '@shared/spread'
import { settingText, triedText, type ProbeSetting } from '@shared/tuning'
import { dataCheckLines } from './dataCheckLines'

/** 'trained on 2,022 words of 37 documents drawn with seed 1' */
export function drawnLine({ drawn }: Pick<ProbeResult, 'drawn'>): string[] {
  if (!drawn) return []
  const part = (said: string, sample: DrawnPart | undefined): string[] =>
    sample ? [`${said} ${sample.words.toLocaleString('en')} words ${drawnText(sample)}`] : []
  return [[...part('trained on', drawn.train), ...part('tested on', drawn.test)].join('; ')]
}

/** Few sentences know little: below about 100 an interval is rough, however it is computed. */
const fewClusters = { document: 20, sentence: 100 } as const

/** 'intervals over 158 documents' */
function clusterLine({ clusters, options }: Pick<ProbeResult, 'clusters'> & { options?: object }): string[] {
  const refusal = intervalRefusal(clusters)
  if (!clusters || refusal !== null) return refusal === null ? [] : [refusal]
  const { by, count } = clusters
  const few = count < fewClusters[by] ? `; so few ${by}s make them rough` : ''
  const part = options && 'folds' in options ? 'of the pooled predictions' : 'of the test part'
  return [`intervals resample ${count.toLocaleString('en')} ${by}s ${part}${few}`]
}

/** Printed if words were left out: it matters in a comparison with a model that knows all of them. */
function coverageLine({ coverage }: ProbeResult): string[] {
  if (!coverage || coverage.train.missing + coverage.test.missing === 0) return []
  const part = ({ words, missing }: { words: number; missing: number }): string =>
    `${(((words - missing) / words) * 100).toFixed(1)} % of the ${words.toLocaleString('en')}`
  return [
    `the model has a vector for ${part(coverage.train)} words to train on and ${part(coverage.test)} to test ` +
      'on; the others were left out'
  ]
}

/** Of how many settings the scores are printed. */
const settingsPrinted = 12

function tuningLine({ options: { tuning, folds, probe } }: ProbeResult): string[] {
  if (!tuning) return []
  const text = (setting: ProbeSetting): string => settingText(probe.kind, setting)
  if (folds)
    return [
      `chosen in ${folds.inner} inner folds of each fold's training part (${triedText(probe.kind, tuning)}): ` +
        `${folds.folds.map((fold) => text(fold.tuning!.chosen)).join('; ')}; of all items, ${text(tuning.chosen)}`
    ]
  const tried = [...tuning.tried]
    .sort((a, b) => (tuning.tried.length > settingsPrinted ? meanOf(b.accuracy) - meanOf(a.accuracy) : 0))
    .slice(0, settingsPrinted)
    .map(({ setting, accuracy }) => `${text(setting)}: ${(meanOf(accuracy) * 100).toFixed(2)}`)
  return [
    `${text(tuning.chosen)}, the best on ${tuning.heldOutSentences.toLocaleString('en')} held-out training ` +
      `sentences, mean of the layers: ${tried.join('; ')}`
  ]
}

/** Where there is no part to test on: the folds and what they scored. */
function foldLines({ options: { folds }, layers }: ProbeResult): string[] {
  if (!folds) return []
  const sizes = folds.folds.map(({ testItems }) => testItems.toLocaleString('en')).join(', ')
  const cell = (share: number): string => (share * 100).toFixed(2).padStart(8)
  return [
    `cross-validated in ${folds.folds.length} folds of whole ${folds.by}s (${sizes} items); accuracy by fold`,
    `layer${folds.folds.map((_, fold) => String(fold + 1).padStart(8)).join('')}`,
    ...layers.map(
      ({ layer }, index) =>
        `${String(layer).padStart(5)}${folds.folds.map(({ accuracy }) => cell(accuracy[index]!)).join('')}`
    )
  ]
}

/** The scores of every layer as lines of text, percent. */
export function probeTable(result: ProbeResult): string {
  const percent = (share: number | undefined): string =>
    (share === undefined ? '' : (share * 100).toFixed(2)).padStart(9)
  const range = (interval: Interval): string => interval?.map((end) => (end * 100).toFixed(2)).join('-') ?? 'none'
  const entities = result.layers.some((layer) => layer.entities)
  const lines = [
    `${result.task.title}, ${methodTitle(result.options.probe)}: ${result.classes.length} classes, ` +
      (result.options.folds
        ? `trained and tested on ${result.testWords.toLocaleString('en')} in folds; `
        : `trained on ${result.trainWords.toLocaleString('en')}, tested on ` +
          `${result.testWords.toLocaleString('en')}; `) +
      `${result.backend}, ${result.seconds.total.toFixed(1)} s`,
    `majority (${result.majority.label}) ${(result.majority.accuracy * 100).toFixed(2)}, word-type memoriser ` +
      `${(result.memoriser.accuracy * 100).toFixed(2)}`,
    ...drawnLine(result),
    ...clusterLine(result),
    ...coverageLine(result),
    ...tuningLine(result),
    ...dataCheckLines(result),
    `${isOfSingleLayers(result.options) ? 'layer' : 'up to'}  accuracy  ` +
      `95 % interval    macro-F1  control  selectivity${entities ? '  span F1  95 % interval' : ''}`
  ]
  for (const layer of result.layers) {
    const spans = layer.entities ? `${percent(layer.entities.f1)}  ${range(layer.entities.interval)}` : ''
    lines.push(
      `${String(layer.layer).padStart(5)} ${percent(layer.accuracy)}  ` +
        `${range(layer.accuracyInterval).padEnd(15)} ${percent(layer.macroF1)}` +
        `${percent(layer.control?.accuracy)}   ${percent(layer.selectivity)}${spans}`
    )
  }
  lines.push(
    ...foldLines(result),
    ...typeLines(result),
    ...conditionalLines(result),
    ...calibrationLines(result),
    ...codelengthLines(result),
    ...sweepLines(result),
    ...restartLines(result),
    ...seedLines(result),
    ...mixLines(result),
    ...sparsityLines(result)
  )
  return `${lines.join('\n')}\n`
}

/** Accuracy where training shows an item's type and where it does not, beside what the memoriser has there. */
function typeLines({ types, layers }: ProbeResult): string[] {
  if (!types) return []
  if (!types.recur)
    return [
      `the text of ${types.seen.toLocaleString('en')} of ${(types.seen + types.unseen).toLocaleString('en')} ` +
        'test items occurs in training: a control task cannot be learnt, and selectivity would say nothing'
    ]
  const cell = (share: number | null | undefined): string =>
    (share === null || share === undefined ? '' : (share * 100).toFixed(2)).padStart(10)
  const control = layers.some((layer) => layer.types?.control)
  const row = (name: string, scores: TypeScores | undefined, ofControl: TypeScores | undefined = undefined): string =>
    `${name.padStart(9)}${cell(scores?.seen)}${control ? cell(ofControl?.seen) : ''}${cell(scores?.unseen)}` +
    `${control ? cell(ofControl?.unseen) : ''}`
  return [
    `by word type: ${types.seen.toLocaleString('en')} test items whose type occurs in training, ` +
      `${types.unseen.toLocaleString('en')} whose type does not`,
    `    layer      seen${control ? '   control' : ''}    unseen${control ? '   control' : ''}`,
    row('memoriser', types.memoriser),
    ...layers.map(({ layer, types: scores }) => row(String(layer), scores, scores?.control))
  ]
}

function conditionalLines({ layers }: ProbeResult): string[] {
  const measured = layers.flatMap(({ layer, conditional }) => (conditional ? [{ layer, ...conditional }] : []))
  if (measured.length === 0) return []
  const cell = (value: number, digits: number, width: number): string => value.toFixed(digits).padStart(width)
  return [
    'conditional probing: accuracy with the word type and layer 0 (of layer 0: with the word type), and with the ' +
      'layer too; V-information in bits',
    'layer  baseline  with layer     added      bits',
    ...measured.map(
      ({ layer, baseline, accuracy, baselineBits, bits }) =>
        `${String(layer).padStart(5)}${cell(100 * baseline, 2, 10)}${cell(100 * accuracy, 2, 12)}` +
        `${cell(100 * (accuracy - baseline), 2, 10)}${cell(baselineBits - bits, 4, 10)}`
    )
  ]
}

function calibrationLines({ layers }: ProbeResult): string[] {
  const measured = layers.flatMap(({ layer, calibration }) => (calibration ? [{ layer, ...calibration }] : []))
  if (measured.length === 0) return []
  return [
    'probabilities on the test items: log-loss in nats, and expected calibration error in percent',
    'layer  log-loss       ECE',
    ...measured.map(
      ({ layer, logLoss, ece }) =>
        `${String(layer).padStart(5)}${(logLoss === null ? '' : logLoss.toFixed(4)).padStart(10)}` +
        (100 * ece).toFixed(2).padStart(10)
    )
  ]
}

function codelengthLines({ layers }: ProbeResult): string[] {
  const measured = layers.flatMap(({ layer, codelength }) => (codelength ? [{ layer, ...codelength }] : []))
  if (measured.length === 0) return []
  const code = measured[0]!.variational ? 'variational' : 'online'
  const kilobits = (bits: number | undefined): string =>
    (bits === undefined ? '' : (bits / 1000).toFixed(2)).padStart(10)
  const ratio = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(2)).padStart(13)
  const lines = measured.map(
    ({ layer, bits, compression, control }) =>
      `${String(layer).padStart(5)} ${kilobits(bits)}${ratio(compression)} ${kilobits(control?.bits)}` +
      `${ratio(control?.compression)}`
  )
  return [
    `${code} description length, kbit (uniform code ${(measured[0]!.uniformBits / 1000).toFixed(2)})`,
    'layer    labels  compression    control  compression',
    ...lines
  ]
}

function sweepLines({ layers }: ProbeResult): string[] {
  const first = layers.find(({ sweep }) => sweep)?.sweep
  if (!first) return []
  const cell = (text: string): string => text.padStart(8)
  const lines = layers.map(
    ({ layer, sweep }) =>
      `${String(layer).padStart(5)}${(sweep ?? []).map(({ accuracy }) => cell((accuracy * 100).toFixed(2))).join('')}`
  )
  return ['accuracy by rank', `layer${first.map(({ rank }) => cell(String(rank))).join('')}`, ...lines]
}

function restartLines({ layers }: ProbeResult): string[] {
  return layers.flatMap(({ layer, restarts }) => {
    if (!restarts) return []
    const mean = restarts.reduce((sum, value) => sum + value, 0) / restarts.length
    return [
      `layer ${layer}: ${restarts.length} random starts, mean ${(mean * 100).toFixed(2)}, spread ` +
        `${((Math.max(...restarts) - Math.min(...restarts)) * 100).toFixed(2)} points`
    ]
  })
}

function seedLines({ layers }: ProbeResult, score = 'accuracy'): string[] {
  const first = layers.find(({ seeds }) => seeds)?.seeds
  if (!first) return []
  const cell = (values: readonly number[] | undefined): string =>
    (values
      ? `${(meanOf(values) * 100).toFixed(2)} ${`(${(deviationOf(values) * 100).toFixed(2)})`.padStart(7)}`
      : ''
    ).padStart(16)
  const lines = layers.map(
    ({ layer, seeds }) =>
      `${String(layer).padStart(5)}${cell(seeds?.accuracy)}` +
      `${first.control ? cell(seeds?.control) + cell(seeds?.selectivity) : ''}`
  )
  const titles = [score, ...(first.control ? ['control', 'selectivity'] : [])]
    .map((title) => title.padStart(16))
    .join('')
  return [`${first.accuracy.length} seeds: mean and, in brackets, standard deviation`, `layer${titles}`, ...lines]
}

function mixLines(result: ProbeResult): string[] {
  const summary = mixSummary(result)
  const weights = result.layers.at(-1)?.mix?.weights
  if (!summary || !weights) return []
  const differential = differentialScores(result)
  const lines = weights.map(
    (weight, layer) =>
      `${String(layer).padStart(5)}  ${weight.toFixed(4)}  ` +
      `${differential?.has(layer) ? (differential.get(layer)! * 100).toFixed(2).padStart(6) : ''}`
  )
  const expected = summary.expectedLayer === undefined ? '' : `, expected layer ${summary.expectedLayer.toFixed(2)}`
  return [
    `mix of all layers: centre of gravity ${summary.centreOfGravity.toFixed(2)}${expected}`,
    'layer  weight   added',
    ...lines
  ]
}

function sparsityLines({ layers }: ProbeResult): string[] {
  return layers.flatMap(({ layer, sparsity }) =>
    sparsity
      ? [
          `layer ${layer}: ${sparsity.nonZero.toLocaleString('en')} of ` +
            `${sparsity.weights.toLocaleString('en')} weights are not 0`
        ]
      : []
  )
}

/** The same of a structural probe: UUAS and root accuracy in percent, the correlations as they are. */
export function structureTable(result: ProbeResult): string {
  const lines = [
    `${result.task.title}, ${methodTitle(result.options.probe)}: trained on ` +
      `${result.trainWords.toLocaleString('en')} words, tested on ${result.testWords.toLocaleString('en')} in ` +
      `${result.testSentences.toLocaleString('en')} sentences; ${result.backend}, ` +
      `${result.seconds.total.toFixed(1)} s`,
    `linear chain ${(result.majority.accuracy * 100).toFixed(2)}`,
    ...drawnLine(result),
    ...coverageLine(result),
    ...dataCheckLines(result),
    'layer    UUAS  95 % interval    DSpr    root    NSpr'
  ]
  const row = (first: string, { uuas, dspr, root, nspr }: Omit<RankStructure, 'rank'>, range = ''): string =>
    `${first.padStart(5)}  ${(uuas * 100).toFixed(2).padStart(6)}  ${range.padEnd(13)}  ${dspr.toFixed(3)}  ` +
    `${(root * 100).toFixed(2).padStart(6)}   ${nspr.toFixed(3)}`
  for (const { layer, structure } of result.layers) {
    if (!structure) continue
    const { uuas, dspr, root, nspr } = structure
    lines.push(
      row(
        String(layer),
        { uuas: uuas.value, dspr: dspr.value, root: root.value, nspr: nspr.value },
        uuas.interval?.map((end) => (end * 100).toFixed(2)).join('-') ?? 'none'
      )
    )
    lines.push(...(structure.ranks ?? []).map((score) => row(`r${score.rank}`, score)))
  }
  return `${[...lines, ...seedLines(result, 'UUAS')].join('\n')}\n`
}

/** The scores of a ridge regression at every layer as lines of text. */
export function regressionTable(result: RegressionResult): string {
  const number = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(4)).padStart(10)
  const hasCosine = result.layers.some(({ cosine }) => cosine)
  const lines = [
    `${result.task.title}: ridge regression, trained on ${result.trainItems.toLocaleString('en')}, tested on ` +
      `${result.testItems.toLocaleString('en')}; ${result.backend}, ${result.seconds.toFixed(1)} s`,
    `type memoriser: R2 ${result.memoriser.r2.toFixed(4)}, Spearman ${result.memoriser.spearman.toFixed(4)}`,
    ...drawnLine(result),
    ...clusterLine(result),
    `layer        R2  95 % interval     Pearson  Spearman${hasCosine ? '  cosine: Pearson  Spearman' : ''}`
  ]
  for (const { layer, r2, r2Interval, pearson, spearman, cosine } of result.layers) {
    const range = r2Interval?.map((value) => value.toFixed(3)).join(' to ') ?? 'none'
    lines.push(
      `${String(layer).padStart(5)}${number(r2)}  ${range.padEnd(15)}${number(pearson)}${number(spearman)}` +
        `${cosine ? `       ${number(cosine.pearson)}${number(cosine.spearman)}` : ''}`
    )
  }
  return `${lines.join('\n')}\n`
}
