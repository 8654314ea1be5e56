import { drawnText, type DrawnPart } from '@shared/drawing'
import type { ProbeResult } from '@shared/probe'
import { learnsTrees, methodSentence, methodSources, type ProbeMethodOptions } from '@shared/probeMethods'
import { probePresets } from '@shared/probePresets'
import type { ReferenceKey } from '@shared/references'
import type { SpanPooling } from '@shared/task'
import { settingText, triedText } from '@shared/tuning'

/**
 * A methods paragraph of one probing run, from the result alone: what was trained on what, how, beside what, and with
 * what. Citations are written as `[key]`, keys of shared/references.ts.
 */
export function probeMethodsText(result: ProbeResult): string {
  return [
    aboutTask(result),
    aboutVectors(result),
    methodSentence(result.options.probe),
    ...aboutTuning(result),
    ...aboutFurther(result),
    aboutIntervals(result),
    aboutSoftware(result)
  ].join(' ')
}

/** Citations for a run's recipe, task and data. */
export function probeCitations(result: ProbeResult): ReferenceKey[] {
  const { probe, codelength, folds } = result.options
  const control = result.layers.some((layer) => layer.control !== undefined)
  const keys: ReferenceKey[] = [
    'efronTibshirani1993',
    'smilkov2019',
    ...probeKeys({ probe, task: result.task, datasetName: result.dataset.name, control })
  ]
  if (codelength) keys.push('voitaTitov2020')
  if (codelength === 'variational') keys.push('louizos2017', 'molchanov2017')
  if (folds) keys.push('stone1974')
  if (folds?.inner) keys.push('varmaSimon2006')
  if (result.layers.some((layer) => layer.conditional)) keys.push('hewitt2021')
  if (isUntrained(result)) keys.push('zhangBowman2018')
  return [...new Set(keys)].sort()
}

/** Sources of a probe, its recipe, its task, its control and its data. */
export function probeKeys({
  probe,
  task,
  datasetName,
  control
}: {
  probe: ProbeMethodOptions
  task: Pick<ProbeResult['task'], 'id' | 'unit'>
  datasetName: string
  control: boolean
}): ReferenceKey[] {
  const keys = [...methodSources(probe), ...taskKeys(task)]
  if (control) keys.push('hewittLiang2019')
  for (const preset of Object.values(probePresets))
    if (JSON.stringify(preset.probe) === JSON.stringify(probe)) keys.push(preset.cites)
  if (/(^|[^a-z])ewt([^a-z]|$)/i.test(datasetName)) keys.push('silveira2014')
  if (/\bUD\b|\bUniversal Dependencies\b/.test(datasetName) || /^(upos|deprel|feats\.)/.test(task.id))
    keys.push('marneffe2021')
  return keys
}

function taskKeys(task: Pick<ProbeResult['task'], 'id' | 'unit'>): ReferenceKey[] {
  if (task.unit === 'span' || task.unit === 'pair') return ['tenney2019iclr']
  return task.unit === 'sentence' && /^(sentence|word|tree|main|subject|object)\./.test(task.id) ? ['conneau2018'] : []
}

function aboutTask({
  task,
  model,
  dataset,
  trainWords,
  testWords,
  testSentences,
  classes,
  layers,
  options,
  drawn,
  provenance
}: ProbeResult): string {
  const items = itemNames[task.unit]
  const structural = learnsTrees(options.probe)
  const what = structural ? 'the dependency trees' : `${task.title} (${classes.length} classes)`
  const hash = provenance?.model.files[0]
    ? `; SHA-256 of ${provenance.model.files[0].path.split(/[\\/]/).at(-1)} begins with ` +
      `${provenance.model.files[0].sha256.slice(0, 12)}`
    : ''
  const probed =
    layers.length === model.layers + 1
      ? `all ${layers.length} layers, the embeddings (layer 0) included`
      : `layer${layers.length === 1 ? '' : 's'} ${layers.map(({ layer }) => layer).join(', ')}`
  const about =
    `We probed ${model.name} (${model.layers === 1 ? 'one layer' : `${model.layers} layers`}${hash}) for ` +
    `${what} on ${dataset.name}. For ${probed}, `
  if (options.folds)
    return (
      `${about}probes were cross-validated [stone1974] on ${count(testWords)} ${items} in ${count(testSentences)} ` +
      `sentences of the part '${dataset.trainSplit}'${drawnFrom(drawn?.train)}, divided into ` +
      `${options.folds.folds.length} folds of whole ${options.folds.by}s: each fold was predicted by a probe trained ` +
      'on the others. Scores are of the pooled predictions; what was scored decided nothing else.'
    )
  return (
    `${about}one probe was trained on ${count(trainWords)} ` +
    `${structural ? 'words' : items} of the part '${dataset.trainSplit}'${drawnFrom(drawn?.train)} ` +
    `and tested on ${count(testWords)} ${structural ? 'words' : items} in ${count(testSentences)} sentences of ` +
    `'${dataset.testSplit}'${drawnFrom(drawn?.test)}; the test part decided nothing else.`
  )
}

/** ' (2,022 words of 37 documents drawn with seed 1)' */
function drawnFrom(drawn: DrawnPart | undefined): string {
  return drawn ? ` (${count(drawn.words)} words ${drawnText(drawn)})` : ''
}

export const itemNames = { token: 'words', span: 'spans', pair: 'pairs', sentence: 'sentences' } as const

export function aboutVectors({
  pool,
  task,
  provenance,
  coverage,
  options
}: Pick<ProbeResult, 'pool' | 'task' | 'coverage'> & {
  options?: object
  provenance?: { request: { span?: SpanPooling | undefined } } | undefined
}): string {
  const span = provenance?.request.span ?? 'mean'
  const attention = 'a mean of its words by weights that were learned with the probe [tenney2019iclr]'
  const words = {
    first: 'the hidden state of its first subword',
    last: 'the hidden state of its last subword',
    mean: 'the mean of its subwords’ hidden states'
  }[pool]
  const stretches = {
    token: '',
    span: {
      mean: ', a span the mean of its words',
      ends: ', a span those of its first and last word and their difference',
      attention: `, a span ${attention}`
    }[span],
    pair:
      span === 'attention' ? `, each half of a pair ${attention}` : ', a pair [a; b; a * b] of the means of its halves',
    sentence: ', a sentence the mean of its words'
  }[task.unit]
  const missing = coverage ? coverage.train.missing + coverage.test.missing : 0
  return (
    'A word is represented by ' +
    `${words}${stretches}.${missing > 0 ? ` ${count(missing)} words without a vector were left out.` : ''} ` +
    (options && 'standardise' in options && options.standardise === false
      ? 'Features were left as they are.'
      : 'Features were standardised over the training items.')
  )
}

function aboutTuning({ options: { tuning, folds, probe } }: ProbeResult): string[] {
  if (!tuning) return []
  const tried = triedText(probe.kind, tuning)
  if (folds)
    return [
      `In each fold, options were chosen (${tried}) by the mean accuracy of the layers in ${folds.inner} inner folds ` +
        `of its training part (nested cross-validation) [varmaSimon2006]; chosen were ` +
        `${folds.folds.map((fold) => settingText(probe.kind, fold.tuning!.chosen)).join('; ')}, and of all items ` +
        `${settingText(probe.kind, tuning.chosen)}.`
    ]
  return [
    `${settingText(probe.kind, tuning.chosen)} was chosen (${tried}) by the mean accuracy of the layers on ` +
      `${count(tuning.heldOutSentences)} training sentences (${count(tuning.heldOutItems)} items) held out from ` +
      'those probes.'
  ]
}

function aboutFurther(result: ProbeResult): string[] {
  const { layers, options, majority, memoriser, model, dataCheck, types } = result
  const sentences: string[] = []
  if (dataCheck && dataCheck.folded.sentences > 0)
    sentences.push(
      `${count(dataCheck.folded.sentences)} of the test sentences also occur in the training part, case and ` +
        `punctuation apart (${percent(dataCheck.folded.items / Math.max(1, dataCheck.testItems))} of the test items).`
    )
  if (dataCheck?.documents && dataCheck.documents.inBoth > 0)
    sentences.push(`${count(dataCheck.documents.inBoth)} documents are in both parts.`)
  if (!learnsTrees(options.probe))
    sentences.push(
      `Baselines are the most frequent training label (${percent(majority.accuracy)}) and each word type's most ` +
        `frequent label (${percent(memoriser.accuracy)}).`
    )
  if (types?.recur && types.unseen > 0)
    sentences.push(
      `Training shows the type of ${count(types.seen)} test items and not that of ${count(types.unseen)}; accuracy ` +
        'is also given for each.'
    )
  if (layers.some(({ control }) => control))
    sentences.push(
      'Selectivity is accuracy minus that on a control task, which gives every word type a random label from ' +
        'the distribution of the real ones [hewittLiang2019].'
    )
  if (result.types?.recur === false)
    sentences.push(
      'Hardly any text of the test part occurs in training, so a control task could not be learnt and selectivity is ' +
        'not given.'
    )
  const conditional = layers.find((layer) => layer.conditional)?.conditional
  if (conditional)
    sentences.push(
      'Usable information beyond a baseline was measured by conditional probing [hewitt2021]: a probe that reads the ' +
        'word type (its log label shares in training, each item left out of its own), layer 0 and the layer against ' +
        'one that reads the word type and layer 0 (of layer 0: against the word type), both trained on ' +
        `${count(conditional.items)} ${itemNames[result.task.unit]}.`
    )
  if (options.codelength === 'variational')
    sentences.push(
      'Description length was computed by the variational code [voitaTitov2020]: a probe by Bayesian compression ' +
        '[louizos2017], its divergence from the prior approximated as by [molchanov2017], was trained on all items.'
    )
  else if (options.codelength)
    sentences.push('Online description length was computed with the time steps of [voitaTitov2020].')
  if (options.restarts > 1)
    sentences.push(`Each probe was trained from ${options.restarts} random starts; the first is scored in full.`)
  if ((options.seeds ?? 1) > 1)
    sentences.push(`Everything was repeated with ${options.seeds} seeds; the first is scored in full.`)
  const open = layers.filter(({ converged }) => !converged).map(({ layer }) => layer)
  if (open.length > 0)
    sentences.push(`Training had not converged on layer${open.length === 1 ? '' : 's'} ${open.join(', ')}.`)
  if (/\(untrained, seed \d+\)/.test(model.name))
    sentences.push(
      'The model is untrained: its weights are drawn at random, as a control of the architecture [zhangBowman2018].'
    )
  return sentences
}

/** Runs of earlier versions do not say what they resampled: their intervals are percentiles. */
function aboutIntervals({ options, clusters }: ProbeResult): string {
  const what = clusters
    ? `bias-corrected and accelerated intervals of 1,000 bootstrap resamples of the ${count(clusters.count)} test ` +
      `${clusters.by}s, expanded for their number`
    : 'percentile intervals of 1,000 bootstrap resamples of whole test sentences'
  const pooled = options.folds ? ' They take the pooled predictions as they are, not the draw of the folds.' : ''
  return `Intervals are 95 % ${what} [efronTibshirani1993].${pooled} All draws follow the seed ${options.seed}.`
}

export function aboutSoftware({
  backend,
  versions,
  provenance
}: {
  backend: string
  versions?: Record<string, string>
  provenance?: { versions: Record<string, string> } | undefined
}): string {
  const all = provenance?.versions ?? versions ?? {}
  const parts = [
    `Layerscope ${all.layerscope ?? '(an earlier version)'}`,
    backend,
    all.tfjs && `TensorFlow.js ${all.tfjs} [smilkov2019]`,
    all.node && `Node.js ${all.node}`
  ]
  return `Computed with ${parts.filter(Boolean).join(', ')}.`
}

function isUntrained({ model, provenance }: ProbeResult): boolean {
  return provenance ? provenance.model.untrained !== null : /\(untrained, seed \d+\)/.test(model.name)
}

function count(value: number): string {
  return value.toLocaleString('en-US')
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}
