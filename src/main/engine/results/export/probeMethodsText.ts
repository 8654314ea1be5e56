import type { ProbeResult } from '@shared/probe'
import { probePresets, type OptionsOf, type ProbeMethodOptions, type TrainingOptions } from '@shared/probeMethods'
import type { ReferenceKey } from '@shared/references'
import type { SpanPooling } from '@shared/task'

/**
 * A methods paragraph of one probing run, from the result alone: what was trained on what, how, beside what, and with
 * what. Citations stand as `[key]`, keys of shared/references.ts.
 */
export function probeMethodsText(result: ProbeResult): string {
  return [
    aboutTask(result),
    aboutVectors(result),
    aboutProbe(result.options.probe),
    ...aboutTuning(result),
    ...aboutFurther(result),
    aboutIntervals(result),
    aboutSoftware(result)
  ].join(' ')
}

/** What a run's recipe, task and data are cited by. */
export function probeCitations(result: ProbeResult): ReferenceKey[] {
  const { probe, codelength } = result.options
  const control = result.layers.some((layer) => layer.control !== undefined)
  const keys: ReferenceKey[] = [
    'efronTibshirani1993',
    'smilkov2019',
    ...probeKeys({ probe, task: result.task, datasetName: result.dataset.name, control })
  ]
  if (codelength) keys.push('voitaTitov2020')
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
  const keys = [...methodKeys(probe), ...taskKeys(task)]
  if (control) keys.push('hewittLiang2019')
  for (const [name, preset] of Object.entries(probePresets))
    if (JSON.stringify(preset.probe) === JSON.stringify(probe))
      keys.push(...presetKeys[name as keyof typeof presetKeys])
  if (/(^|[^a-z])ewt([^a-z]|$)/i.test(datasetName)) keys.push('silveira2014')
  if (/\bUD\b|\bUniversal Dependencies\b/.test(datasetName) || /^(upos|deprel|feats\.)/.test(task.id))
    keys.push('marneffe2021')
  return keys
}

const presetKeys: Record<keyof typeof probePresets, ReferenceKey[]> = {
  liu2019: ['liu2019'],
  hewittLiang2019: ['hewittLiang2019'],
  tenney2019: ['tenney2019acl'],
  neuroX: ['dalvi2019'],
  hewittManning2019: ['hewittManning2019'],
  voitaTitov2020: ['voitaTitov2020']
}

function methodKeys(probe: ProbeMethodOptions): ReferenceKey[] {
  switch (probe.kind) {
    case 'linear':
      return probe.penalty === 'l2'
        ? ['alainBengio2017', 'liuNocedal1989']
        : ['alainBengio2017', 'beckTeboulle2009', ...(probe.penalty === 'elastic' ? (['zouHastie2005'] as const) : [])]
    case 'mlp':
    case 'lowRank':
      return ['kingmaBa2015']
    case 'mix':
      return ['kingmaBa2015', 'peters2018', 'tenney2019acl']
    case 'knn':
      return ['coverHart1967']
    case 'structural':
      return ['kingmaBa2015', 'hewittManning2019']
  }
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
  provenance
}: ProbeResult): string {
  const items = itemNames[task.unit]
  const structural = options.probe.kind === 'structural'
  const what = structural ? 'the dependency trees' : `${task.title} (${classes.length} classes)`
  const hash = provenance?.model.files[0]
    ? `; SHA-256 of ${provenance.model.files[0].path.split(/[\\/]/).at(-1)} begins with ${provenance.model.files[0].sha256.slice(0, 12)}`
    : ''
  const probed =
    layers.length === model.layers + 1
      ? `all ${layers.length} layers, the embeddings (layer 0) included`
      : `layer${layers.length === 1 ? '' : 's'} ${layers.map(({ layer }) => layer).join(', ')}`
  return (
    `We probed ${model.name} (${model.layers === 1 ? 'one layer' : `${model.layers} layers`}${hash}) for ${what} on ${dataset.name}. For ${probed}, one probe was trained on ${count(trainWords)} ${structural ? 'words' : items} of the part '${dataset.trainSplit}' ` +
    `and tested on ${count(testWords)} ${structural ? 'words' : items} in ${count(testSentences)} sentences of '${dataset.testSplit}'; the test part decided nothing else.`
  )
}

export const itemNames = { token: 'words', span: 'spans', pair: 'pairs', sentence: 'sentences' } as const

export function aboutVectors({
  pool,
  task,
  provenance,
  coverage
}: Pick<ProbeResult, 'pool' | 'task' | 'coverage'> & {
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
  return `A word is represented by ${words}${stretches}.${missing > 0 ? ` ${count(missing)} words without a vector were left out.` : ''} Features were standardised over the training items.`
}

export function aboutProbe(probe: ProbeMethodOptions): string {
  switch (probe.kind) {
    case 'linear':
      return aboutLinear(probe)
    case 'mlp':
      return probe.hidden.length === 0
        ? `The probe is a softmax over a linear map. ${aboutTraining(probe, 'items')}`
        : `The probe is a multi-layer perceptron with ${probe.hidden.length === 1 ? `one hidden layer of ${probe.hidden[0]}` : `hidden layers of ${probe.hidden.join(' and ')}`} rectified units${probe.dropout > 0 ? ` and dropout ${probe.dropout}` : ''}. ${aboutTraining(probe, 'items')}`
    case 'lowRank':
      return `The probe is a softmax over a linear map of rank ${probe.ranks.at(-1)}${probe.ranks.length > 1 ? `, chosen in advance; ranks ${probe.ranks.join(', ')} were trained as well` : ''}. ${aboutTraining(probe, 'items')}`
    case 'mix':
      return `The probe reads a learned scalar mix of the layers up to each layer [peters2018, tenney2019acl], ${probe.hidden.length > 0 ? `through a perceptron with hidden layers of ${probe.hidden.join(' and ')}` : 'through a linear map'}. ${aboutTraining(probe, 'items')}`
    case 'knn':
      return `The probe is a vote of the ${probe.k} nearest training items by ${probe.metric === 'cosine' ? 'cosine' : 'Euclidean'} distance [coverHart1967].`
    case 'structural':
      return `The structural probe [hewittManning2019] learns a projection of rank ${probe.ranks.at(-1)} in which squared distances of words are tree distances, and another for depths; scores are UUAS and root accuracy without punctuation, and Spearman correlations averaged over sentence lengths 5 to 50. ${aboutTraining(probe, 'sentences')}`
  }
}

function aboutLinear({ penalty, inverseRegularisation, l1Ratio }: OptionsOf<'linear'>): string {
  if (penalty === 'l2')
    return `The probe is multinomial logistic regression [alainBengio2017] with an L2 penalty (C = ${inverseRegularisation}, as scikit-learn defines it), solved to convergence by preconditioned L-BFGS [liuNocedal1989].`
  const name = penalty === 'l1' ? 'an L1 penalty' : `an elastic net [zouHastie2005] (L1 share ${l1Ratio})`
  return `The probe is multinomial logistic regression [alainBengio2017] with ${name} (C = ${inverseRegularisation}, as scikit-learn defines it), solved by FISTA [beckTeboulle2009].`
}

function aboutTuning({ options }: ProbeResult): string[] {
  if (!options.tuning) return []
  const { tried, heldOutSentences, heldOutItems } = options.tuning
  return [
    `C was chosen from ${tried.map(({ value }) => value).join(', ')} by the mean accuracy of the layers on ${count(heldOutSentences)} training sentences (${count(heldOutItems)} items) that those probes had not learnt.`
  ]
}

export function aboutTraining(
  { learningRate, batch, epochs, patience, annealing, heldOut, weightDecay }: TrainingOptions,
  unit: string
): string {
  return (
    `It was trained by Adam [kingmaBa2015] (learning rate ${learningRate}${weightDecay > 0 ? `, weight decay ${weightDecay}` : ''}) in batches of ${batch} ${unit} for at most ${epochs} passes; ` +
    `${heldOut > 0 ? `${percent(heldOut)} of the training sentences were held out: after a pass without gain on them the learning rate was multiplied by ${annealing}, and after ${patience} such passes in a row training ended` : 'no training sentences were held out'}.`
  )
}

function aboutFurther({ layers, options, majority, memoriser, model, dataCheck }: ProbeResult): string[] {
  const sentences: string[] = []
  if (dataCheck && dataCheck.folded.sentences > 0)
    sentences.push(
      `${count(dataCheck.folded.sentences)} of the test sentences also stand in the training part, case and punctuation apart (${percent(dataCheck.folded.items / Math.max(1, dataCheck.testItems))} of the test items).`
    )
  if (dataCheck?.documents && dataCheck.documents.inBoth > 0)
    sentences.push(`${count(dataCheck.documents.inBoth)} documents lie in both parts.`)
  if (options.probe.kind !== 'structural')
    sentences.push(
      `Baselines are the most frequent training label (${percent(majority.accuracy)}) and each word type's most frequent label (${percent(memoriser.accuracy)}).`
    )
  if (layers.some(({ control }) => control))
    sentences.push(
      'Selectivity is accuracy minus that on a control task, which gives every word type a random label from the distribution of the real ones [hewittLiang2019].'
    )
  if (options.codelength)
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

function aboutIntervals({ options }: ProbeResult): string {
  return `Intervals are 95 % percentile intervals of 1,000 bootstrap resamples of whole test sentences [efronTibshirani1993]. All draws follow the seed ${options.seed}.`
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
