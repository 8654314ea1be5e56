import { adaptKinds, adaptTitle } from '@shared/adaptMethods'
import { formatCount, formatCounted } from '@shared/counts'
import {
  countedInputs,
  isWholeInput,
  itemOfResult,
  layerName,
  type FinetuneResult,
  type LabelledItem
} from '@shared/finetune'
import type { LayerSchedule } from '@shared/finetuneRequests'
import type { ReferenceKey } from '@shared/references'
import { aboutSoftware } from '../export/probeMethodsText'
import { permutationsFor } from '../../probes/scores/pairedTests'
import type { ResultKind, StoredResult } from '../kind'
import { finetuneRows } from './finetuneRows'
import { byRandomisation } from './testWords'

export const finetuneKind: ResultKind<'finetune'> = {
  id: 'finetune',
  command: 'finetune',
  measured: ['seconds', 'checkpoint', 'checkpoints'],
  summarise: ({ method, measure, score, interval, majority, testItems }) => ({
    method: adaptTitle(method),
    score: { measure, value: score, ...(interval && { interval }), layer: null },
    curve: [],
    majority: majority > 0 ? majority : null,
    items: testItems
  }),
  rows: finetuneRows,
  methods: methodsText,
  cites: ({ method, settings, probes, task }) => [
    ...citations(method, settings, probes !== undefined),
    ...(itemOfResult(task) === 'pair' ? (['tenney2019iclr'] as const) : [])
  ],
  describe: ({ task, method, trainSentences }) =>
    `${adaptKinds[method.kind].title} for ${task.title}, ${countedInputs(trainSentences, itemOfResult(task))}`
}

function citations(
  method: FinetuneResult['method'],
  { optimizer, near, layerDecay, schedule, before, beside, selfTraining, slices }: FinetuneResult['settings'],
  isProbed: boolean
): ReferenceKey[] {
  const keys: ReferenceKey[] = [
    ...adaptKinds[method.kind].cites,
    ...(optimizer === 'AdamW' ? (['loshchilovHutter2019'] as const) : []),
    ...(optimizer === 'Adadelta' ? (['zeiler2012'] as const) : []),
    ...(optimizer === 'Adam' ? (['kingmaBa2015'] as const) : []),
    ...(near.kind === 'l2sp' ? (['li2018'] as const) : []),
    ...(near.kind === 'ewc' ? (['kirkpatrick2017'] as const) : []),
    ...(near.kind === 'mixout' ? (['lee2020'] as const) : []),
    ...(before.kind === 'task' ? (['phang2018'] as const) : []),
    ...besideCites(beside),
    ...(selfTraining ? (['ruderPlank2018', 'yarowsky1995'] as const) : []),
    ...(slices?.weights.length ? (['chen2019slices'] as const) : []),
    ...(isProbed ? (['alainBengio2017', 'efronTibshirani1993'] as const) : []),
    ...(layerDecay > 1 || schedule === 'slanted' || before.kind === 'language model'
      ? (['howardRuder2018'] as const)
      : [])
  ]
  return [...new Set([...keys, 'smilkov2019' as const])].sort()
}

type Beside = FinetuneResult['settings']['beside']

/** Results made earlier do not say what was trained beside the task: nothing was. */
function besideCites(beside: Beside | undefined): readonly ReferenceKey[] {
  switch (beside?.kind) {
    case 'language model':
      return ['chronopoulou2019']
    case 'task':
      return beside.sampling === 'annealed' ? ['liu2019mtdnn', 'stickland2019'] : ['liu2019mtdnn']
    case 'consistency':
      return beside.change === 'adversarial' ? ['miyato2019', 'xie2020'] : ['xie2020']
    default:
      return []
  }
}

const samplingTexts = {
  beside: 'as a part of every update',
  proportional: 'in updates of its own, by the number of its sentences',
  sqrt: 'in updates of its own, by the square root of the number of its sentences',
  annealed: 'in updates of its own, by a power of the number of its sentences that falls from 1 to 0.2 [stickland2019]'
} as const

function besideTexts(beside: Beside | undefined): string[] {
  switch (beside?.kind) {
    case 'language model':
      return [
        `Beside the task the language model was trained on the same sentences with weight ${beside.weight}` +
          `${beside.annealed ? ', which fell exponentially to a twentieth' : ''} [chronopoulou2019].`
      ]
    case 'task':
      return [
        `Beside the task '${beside.task}' was trained with a head of its own and weight ${beside.weight}` +
          `${beside.annealed ? ', which fell exponentially to a twentieth' : ''}, ` +
          `${samplingTexts[beside.sampling]} [liu2019mtdnn].`
      ]
    case 'consistency':
      return [`Sentences were to be answered alike ${changeText(beside)}, with weight ${beside.weight} [xie2020].`]
    default:
      return []
  }
}

function changeText({ change, share }: Extract<Beside, { kind: 'consistency' }>): string {
  const length = `${percent(share)} as long as the embeddings of the sentence`
  const texts = {
    mask: `where ${percent(share)} of their tokens were masked`,
    replace: `where ${percent(share)} of their tokens were replaced by tokens of the sentences`,
    noise: `with noise on their embeddings, ${length}`,
    adversarial:
      `with noise on their embeddings in the direction that changes the answer most, ${length} ` + '[miyato2019]'
  }
  return texts[change]
}

function selfTrainingTexts({ selfTraining, settings, task }: StoredResult<'finetune'>): string[] {
  if (!selfTraining || !settings.selfTraining) return []
  const { unlabelled, rounds, settled } = selfTraining
  const added = rounds.slice(1).map((round) => formatCount(round.added))
  const again =
    added.length === 0
      ? 'No prediction was, so it was not trained again'
      : `It was trained again from the base ${added.length === 1 ? 'once' : `${added.length} times`}, with ` +
        `${added.join(', then ')} of them added`
  const why = settled && added.length > 0 ? ', until the same ones would have been added again' : ''
  return [
    `In self-training [yarowsky1995; ruderPlank2018] each training predicted ` +
      `${formatCounted(unlabelled, itemOfResult(task))} without labels, and those whose class had a probability ` +
      `above ${settings.selfTraining.threshold} were added to the training part of the next. ${again}${why}.`
  ]
}

function studentTexts({ student, method, settings }: StoredResult<'finetune'>): string[] {
  if (!student) return []
  const size = `${formatCount(student.parameters)} parameters with the head`
  return [
    method.kind === 'distillation' && !settings.student
      ? `It is a student of ${student.layers} of its blocks, one of every ${method.every} (${size}).`
      : method.kind === 'bilstm'
        ? `It has ${size}${settings.vectors ? ', and its embeddings began with word vectors' : ''}.`
        : `The student is ${student.name} (${formatCounted(student.layers, 'layer')}, ${size}).`
  ]
}

function sliceTexts({ slices, settings }: StoredResult<'finetune'>): string[] {
  if (!slices) return []
  const weights = settings.slices?.weights ?? []
  return [
    'Test items were divided into slices: by thirds of the training inputs by length, by how often the training part ' +
      'has their words, by class, and by whether a linear classifier on the unchanged model is right (the base); ' +
      'each slice has both scores, compared by approximate randomisation with ' +
      "Holm's correction for all slices.",
    ...(weights.length > 0
      ? [
          'In training, items of some slices weighed more, after slice-based learning [chen2019slices]: ' +
            `${weights.map(({ slice, weight }) => `${slice} ${weight}`).join(', ')}. Which training items the base ` +
            'has wrong was found by five classifiers, each trained on the other sentences.'
        ]
      : [])
  ]
}

function probeTexts({ probes }: StoredResult<'finetune'>): string[] {
  const [first] = probes ?? []
  if (!first) return []
  const { data, clusters } = first
  return [
    `Before training, after every epoch and wherever a model was stored, linear probes [alainBengio2017] of ` +
      `${probes!.map(({ task }) => task.title).join(', ')} were trained on every layer, on words of ` +
      `'${data.trainSplit}' of ${data.name}, and tested on words of '${data.testSplit}', the same ones each time. ` +
      'Each was compared with the probe of its layer before training. ' +
      byRandomisation(
        permutationsFor(first.points[0]!.layers.length),
        "with Holm's correction for all layers",
        clusters.by
      )
  ]
}

/** A methods paragraph of one run, from the result alone. */
function methodsText(result: StoredResult<'finetune'>): string {
  const { model, dataset, task, settings, method, measure, keptEpoch, mix } = result
  const { epochs, batch, accumulate, optimizer, schedule, warmup, weightDecay, clip, dropout, patience } = settings
  const { learningRate, headLearningRate, layerDecay, near, before, classWeights, pooling, head } = settings
  const { trainsModel } = adaptKinds[method.kind]
  const optimizers = {
    AdamW: 'AdamW [loshchilovHutter2019]',
    Adam: 'Adam [kingmaBa2015]',
    Adadelta: 'Adadelta [zeiler2012]',
    SGD: 'gradient descent with a momentum of 0.9'
  }
  const schedules = {
    constant: 'constant rates',
    linear: `rates that rise over ${percent(warmup)} of the updates and then fall linearly`,
    slanted: `slanted triangular rates (rising over ${percent(warmup)} of the updates) [howardRuder2018]`
  }
  const item = itemOfResult(task)
  const reads =
    method.kind === 'bilstm' && item !== 'word'
      ? 'the last states of both directions'
      : readText(item, poolingTexts[pooling])
  return [
    `${result.student ? `A student of ${model.name}` : model.name} was adapted to ${task.title} on ${dataset.name}: ` +
      `${isWholeInput(item) ? '' : `${formatCounted(result.trainItems, item)} in `}` +
      `${countedInputs(result.trainSentences, item)} of '${dataset.trainSplit}'.`,
    ...studentTexts(result),
    adaptKinds[method.kind].sentence(method as never),
    `The head (${head}) reads ${reads}${settings.keepHead ? '; training began with that of the model' : ''}.`,
    ...(before.kind === 'language model'
      ? [
          'Before that, the language model was trained on the same sentences for ' +
            `${before.epochs} ${before.epochs === 1 ? 'epoch' : 'epochs'} ` +
            `(learning rate ${before.learningRate}) [howardRuder2018].`
        ]
      : []),
    ...(before.kind === 'task'
      ? [
          `Before that, all weights were trained on '${before.task}' of the part '${before.trainSplit}' for ` +
            `${before.epochs} ${before.epochs === 1 ? 'epoch' : 'epochs'}, with a head of its own [phang2018].`
        ]
      : []),
    ...besideTexts(settings.beside),
    ...selfTrainingTexts(result),
    `Training took ${epochs} epochs of batches of ${batch}` +
      `${accumulate > 1 ? `, ${accumulate} batches an update` : ''}, by ${optimizers[optimizer]} with ` +
      `${schedules[schedule]}: ${trainsModel ? `${learningRate} for the model and ` : ''}${headLearningRate} for the ` +
      `head, weight decay ${weightDecay}` +
      `${clip === null ? '' : `, gradients clipped at a norm of ${clip}`}` +
      `${dropout > 0 && trainsModel ? `, dropout ${dropout}` : ''}.`,
    ...(settings.updates ? [`It was ended after ${formatCounted(settings.updates, 'update')}.`] : []),
    ...(layerDecay > 1
      ? [`The rate of each layer is that of the layer above divided by ${layerDecay} [howardRuder2018].`]
      : []),
    ...(settings.layerSchedule?.length ? [scheduleText(settings.layerSchedule, model.layers, epochs)] : []),
    ...(near.kind === 'l2sp'
      ? [`Weights were kept near the pretrained ones by L2-SP (alpha ${near.alpha}, beta ${near.beta}) [li2018].`]
      : []),
    ...(near.kind === 'ewc'
      ? [
          `Weights were kept near those before the task by EWC (lambda ${near.lambda}), with Fisher information for ` +
            `${before.kind === 'task' ? 'the task before' : 'the language model'} [kirkpatrick2017].`
        ]
      : []),
    ...(near.kind === 'mixout'
      ? [
          `In each update every number of the weight matrices was the pretrained one with probability ` +
            `${near.probability} (mixout) [lee2020].`
        ]
      : []),
    ...(classWeights ? ['Classes were weighted to count alike.'] : []),
    patience === null
      ? `The weights after the last epoch were kept; ${dataset.heldOut} were only watched.`
      : `Training ended after ${patience} epochs without a better score on ${dataset.heldOut}; the weights of epoch ` +
        `${keptEpoch} were kept.`,
    ...probeTexts(result),
    ...sliceTexts(result),
    ...(mix ? [`The learned mix weighs the layers ${mix.map((share) => share.toFixed(3)).join(', ')}.`] : []),
    `The score is ${measure === 'R²' ? 'R²' : 'accuracy'} on ${result.testItems.toLocaleString('en')} items of ` +
      `'${dataset.testSplit}', which decided nothing. All draws follow the seed ${settings.seed}.`,
    aboutSoftware(result)
  ].join(' ')
}

const poolingTexts = {
  'first token': 'first token',
  'last token': 'last token',
  mean: 'mean over the tokens'
} as const

/** What a head reads. @param read of a span or a whole input */
function readText(item: LabelledItem, read: string): string {
  switch (item) {
    case 'word':
      return 'the hidden state of each word'
    case 'span':
      return `the ${read} of each span`
    case 'pair':
      return `both halves of each pair and their product, side by side: the ${read} of each [tenney2019iclr]`
    case 'sentence':
      return `the ${read} of a sentence`
    case 'sentence pair':
      return `the ${read} of a pair of sentences, read as one input`
  }
}

/** Epochs are counted from 1, as a reader counts them. */
function scheduleText(schedule: LayerSchedule, layers: number, epochs: number): string {
  const parts = schedule.map(({ layer, from, to, rate }) => {
    const last = Math.min(to ?? epochs, epochs)
    const when = from >= last ? 'frozen' : from + 1 === last ? `in epoch ${last}` : `in epochs ${from + 1} to ${last}`
    return `${layerName(layer, layers)} ${when}${rate === null ? '' : ` at ${rate}`}`
  })
  return `Layers whose training was scheduled by hand: ${parts.join(', ')}.`
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`
}
