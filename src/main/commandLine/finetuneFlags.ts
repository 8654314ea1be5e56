import * as v from 'valibot'
import { adaptKindNames, adaptKinds, adaptMethod, type AdaptKind, type AdaptMethodOptions } from '@shared/adaptMethods'
import { finetunePresetNames, finetunePresets, type FinetunePresetName } from '@shared/finetunePresets'
import { before, finetuneOptions, keepNear, type FinetuneOptions, type LayerSchedule } from '@shared/finetuneRequests'
import { UserError } from '@shared/userError'
import { besideFieldNames, besideFlagOptions } from './besideFlags'
import { explained } from './help'
import { choice, flag, fraction, fromField, group, number, parsed, plainNumber } from './option'
import { probesAlongFieldNames, probesAlongFlagOptions } from './probesAlongFlags'
import { sliceFlagOptions, slicesOf } from './sliceFlags'
import { selfTrainingFieldNames, selfTrainingFlagOptions } from './selfTrainingFlags'
import { VariantOptions } from './variantOptions'

const placeholders = { number: 'NUMBER', numbers: 'LIST', choice: 'NAME' } as const

/** Options of particular methods, as `shared/adaptMethods` declares them. */
const methodFlags = new VariantOptions(
  'method',
  adaptMethod,
  Object.fromEntries(
    adaptKindNames
      .flatMap((kind) => Object.entries(adaptKinds[kind].fields))
      .map(([field, { flag: name, type, hint }]) => [
        name,
        { field, argument: placeholders[type], description: hint[0]!.toLowerCase() + hint.slice(1) }
      ])
  )
)

const { entries } = finetuneOptions
const [, l2sp, ewc, mixout] = keepNear.options
const [, languageModel] = before.options

/** Options by the field of the request that they set. */
const fields = {
  epochs: 'epochs',
  batch: 'batch',
  'learning-rate': 'learningRate',
  'head-learning-rate': 'headLearningRate',
  'layer-decay': 'layerDecay',
  accumulate: 'accumulate',
  optimizer: 'optimizer',
  schedule: 'schedule',
  warmup: 'warmup',
  'weight-decay': 'weightDecay',
  'layer-schedule': 'layerSchedule',
  clip: 'clip',
  dropout: 'dropout',
  pooling: 'pooling',
  head: 'head',
  patience: 'patience',
  updates: 'updates',
  checkpoints: 'checkpoints'
} as const

/** The options of `layerscope finetune` that say how to train. */
export const finetuneFlagOptions = {
  method: choice(
    [...adaptKindNames, ...finetunePresetNames] as readonly (AdaptKind | FinetunePresetName)[],
    'NAME',
    'what trains, or a published recipe whose options can be changed; both are below'
  ),
  ...group('How to train', {
    epochs: number(entries.epochs, 'N', 'passes over the training sentences'),
    batch: number(entries.batch, 'N', 'sentences of a batch'),
    accumulate: number(entries.accumulate, 'N', 'batches that an update is the mean of'),
    'learning-rate': number(entries.learningRate, 'RATE', "of the model's weights", Number),
    'head-learning-rate': number(entries.headLearningRate, 'RATE', 'of the head', Number),
    'layer-decay': number(entries.layerDecay, 'FACTOR', 'by which rates fall from layer to layer downwards', fraction),
    'layer-schedule': parsed(
      'LIST',
      'layers that train otherwise than the method plans, each with its epochs, counted from 0 up to the second, and ' +
        'a rate: 0:3-,5:0-2@1e-5,1:0-0 (the last is frozen)',
      '',
      readSchedule
    ),
    optimizer: fromField(entries.optimizer, 'NAME', 'what makes the updates'),
    schedule: fromField(entries.schedule, 'NAME', 'how rates change: slanted rises steeply and falls slowly'),
    warmup: number(entries.warmup, 'SHARE', 'of the updates, in which rates rise', fraction),
    'weight-decay': number(entries.weightDecay, 'NUMBER', 'decay of trained weights', Number),
    clip: number(entries.clip, 'NORM', 'longest norm of all gradients together', Number),
    dropout: number(entries.dropout, 'SHARE', 'of the numbers that are set to 0 in each update', fraction),
    pooling: fromField(entries.pooling, 'WAY', 'how a sentence becomes one vector'),
    head: fromField(entries.head, 'KIND', 'layers of the head'),
    'keep-head': flag('begin with the head that the model has for such a task, in place of a new one'),
    'class-weights': flag('weigh rare classes more, so that all count alike'),
    patience: number(entries.patience, 'N', 'epochs without a better held-out score, then stop and keep the best'),
    updates: number(entries.updates, 'N', 'updates after which training ends, and what was learned is kept'),
    checkpoints: parsed('WHEN', 'store a model along the way', 'epoch, or a number of updates', (given, name) => {
      const read = v.safeParse(entries.checkpoints, given === 'epoch' ? given : Number(given))
      if (read.success) return read.output
      throw new UserError(`--${name} is '${given}'; give epoch, or a number of updates.`)
    }),
    'l2-sp': number(l2sp.entries.alpha, 'ALPHA', 'keep weights near the pretrained ones (Li et al. 2018)', Number),
    ewc: number(
      ewc.entries.lambda,
      'LAMBDA',
      'keep weights near by their Fisher information (Kirkpatrick 2017)',
      Number
    ),
    mixout: number(
      mixout.entries.probability,
      'SHARE',
      'of the numbers of matrices that each update reads as they were pretrained (Lee et al. 2020)',
      fraction
    ),
    'lm-epochs': number(languageModel.entries.epochs, 'N', 'first train the language model on the sentences'),
    'lm-learning-rate': number(languageModel.entries.learningRate, 'RATE', 'for that', Number)
  }),
  ...group('Beside the task', besideFlagOptions),
  ...group('Self-training', selfTrainingFlagOptions),
  ...group('Forgetting', probesAlongFlagOptions),
  ...group('Slices of the data', sliceFlagOptions),
  ...group('Options of some methods', methodFlags.options())
}

/** '0:3-,5:0-2@1e-5': layer, epochs [from, to), rate. @throws UserError for anything else */
function readSchedule(given: string, name: string): LayerSchedule {
  return given.split(',').map((part) => {
    const [, layer, from, to, rate] = /^\s*(\d{1,4}):(\d{1,4})-(\d{1,4})?(?:@(\S+))?\s*$/.exec(part) ?? []
    const value = rate === undefined ? null : plainNumber(rate)
    const valid = layer !== undefined && (to === undefined || Number(to) >= Number(from))
    if (!valid || Number.isNaN(value))
      throw new UserError(
        `--${name} has '${part}'; it takes layers with their epochs and, if wanted, a rate, with commas between ` +
          'them: 0:3-,5:0-2@1e-5.'
      )
    return { layer: Number(layer), from: Number(from), to: to === undefined ? null : Number(to), rate: value }
  })
}

/** Names of these options by request field, for `parseRequest`. */
export const finetuneFieldNames: Record<string, string> = {
  ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [field, name])),
  'near.alpha': 'l2-sp',
  'near.lambda': 'ewc',
  'near.probability': 'mixout',
  'before.epochs': 'lm-epochs',
  'before.learningRate': 'lm-learning-rate',
  ...besideFieldNames,
  ...selfTrainingFieldNames,
  ...probesAlongFieldNames,
  ...methodFlags.names('method')
}

/** Every method and every recipe, as lines of a help text. */
export function finetuneHelp(): string {
  const kinds = adaptKindNames.map((kind) => [kind, adaptKinds[kind].explanation] as const)
  const recipes = finetunePresetNames.map((name) => [name, finetunePresets[name].source] as const)
  return `${explained('Methods', kinds)}\n\n${explained('Recipes', recipes)}`
}

/**
 * The fields of a request that the options set, on top of a recipe where one is named.
 * @throws UserError naming an option that the method does not have, or an invalid value
 */
export function finetuneFields(
  values: Readonly<Record<string, unknown>> & { method?: AdaptKind | FinetunePresetName | undefined }
): Partial<FinetuneOptions> {
  const near = nearOf(values)
  const preset: Partial<FinetuneOptions> = isPreset(values.method) ? finetunePresets[values.method].options : {}
  const kind: AdaptKind = preset.method?.kind ?? (values.method as AdaptKind | undefined) ?? 'full'
  const method = v.parse(adaptMethod, {
    ...(preset.method ?? { kind }),
    ...methodFlags.read(kind, values)
  }) as AdaptMethodOptions
  const set = Object.entries(fields).flatMap(([name, field]) =>
    values[name] === undefined ? [] : [[field, values[name]]]
  )
  const lmEpochs = values['lm-epochs'] as number | undefined
  const lmRate = values['lm-learning-rate'] as number | undefined
  return {
    ...preset,
    ...(Object.fromEntries(set) as Partial<FinetuneOptions>),
    ...(values['keep-head'] === true && { keepHead: true }),
    ...(values['class-weights'] === true && { classWeights: true }),
    ...(near && { near }),
    ...slicesOf(values),
    ...((lmEpochs !== undefined || lmRate !== undefined) && {
      before: v.parse(before, {
        ...(preset.before?.kind === 'language model' && preset.before),
        kind: 'language model',
        ...(lmEpochs !== undefined && { epochs: lmEpochs }),
        ...(lmRate !== undefined && { learningRate: lmRate })
      })
    }),
    method
  }
}

/** Ways to keep weights near their start, by their options. */
const nearKinds = [
  ['l2-sp', 'l2sp', 'alpha'],
  ['ewc', 'ewc', 'lambda'],
  ['mixout', 'mixout', 'probability']
] as const

/** @throws UserError where more than one is given */
function nearOf(values: Readonly<Record<string, unknown>>): FinetuneOptions['near'] | null {
  const given = nearKinds.filter(([name]) => values[name] !== undefined)
  if (given.length > 1)
    throw new UserError(
      `${given.map(([name]) => `--${name}`).join(' and ')} all keep weights near their start; give one of them.`
    )
  const [only] = given
  return only ? v.parse(keepNear, { kind: only[1], [only[2]]: values[only[0]] }) : null
}

function isPreset(name: string | undefined): name is FinetunePresetName {
  return name !== undefined && (finetunePresetNames as readonly string[]).includes(name)
}
