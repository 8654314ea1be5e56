import { adaptKinds, type AdaptMethodOptions } from '@shared/adaptMethods'
import type { FinetuneEstimate } from '@shared/finetune'
import { currentBackend } from '../backends/pick'
import { elementsOf } from '../checkpoints/checkpoint'
import { openModelFolder } from '../models/adapted/modelFolder'
import { someBlocks } from '../models/adapted/someBlocks'
import { parametersByLayer } from '../training/layerParameters'
import type { AdaptPlan } from '../training/methods/planner'
import { fisherSequences } from '../training/task/finetune'
import { checkSignals, type FinetuneSettings } from '../training/task/settings'
import { rateOf, updatesOf } from '../training/task/stages'
import type { FinetuneData } from './finetuneData'
import { headAndPlan } from './finetuneHead'
import { probingCost } from './finetuneProbes'
import type { Learner } from './finetuneTeacher'

/** Floating-point operations a second of training on two cores, by backend; a measured pace corrects it. */
export const speeds: Readonly<Record<string, number>> = { tensorflow: 1.2e11, wasm: 5e9, cpu: 2e8 }

/** Seconds of the update of one number by AdamW. */
export const updateSeconds = 4e-9

/** Subwords of a word, roughly. */
const tokensOfWord = 1.3

/** Numbers that a block leaves for the backward pass, in widths a token. */
export const storedWidths = 24

/**
 * What a run will take, without running anything.
 * @throws UserError for a method or a signal that the model has no place for
 */
export function finetuneCost(
  { model, blocks, teacher }: Learner,
  method: AdaptMethodOptions,
  settings: FinetuneSettings,
  data: FinetuneData,
  factor: (kind: string) => number
): FinetuneEstimate & { predicted: number } {
  const { task, train, heldOut, test, before } = data
  const sizes = new Map<string, number>()
  const whole = openModelFolder(model.info.path)
  const { config, checkpoint } = blocks ? someBlocks(whole, blocks) : whole
  try {
    for (const name of checkpoint.names()) sizes.set(name, elementsOf(checkpoint.describe(name).shape))
  } finally {
    checkpoint.close()
  }
  const layers = parametersByLayer([...sizes.keys()], config.layers)
  const { head, plan } = headAndPlan(model, method, settings, task, { config, layers })
  checkSignals(settings, plan, model.hasHead)
  for (const { name, shape } of [...head, ...plan.newParameters]) sizes.set(name, elementsOf(shape))
  const numbersOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
  const ofTask = plan.stages.flatMap(({ groups }) => groups.flatMap(({ parameters }) => [...parameters]))
  // What is trained before the task trains everything.
  const first = firstCost(settings, { train, before })
  const trained = numbersOf(new Set([...ofTask, ...(first.epochs > 0 ? layers.flat() : [])]))
  const parameters = numbersOf(sizes.keys())

  const { trainsModel } = adaptKinds[method.kind]
  const besides = besideCost(settings, data)
  const epochSteps = Math.round(
    besides.updates * updatesOf(Math.ceil(train.length / settings.batch), settings.accumulate)
  )
  const steps = plan.stages.length * settings.epochs * epochSteps + first.epochs * first.epochSteps
  const blockNumbers = numbersOf(layers.slice(1).flat())
  const forward = 2 * blockNumbers
  const passes = trainsModel
    ? besides.cost * passesOf(plan, settings.epochs, config.layers) * tokensOf(train) +
      plan.stages.length * settings.epochs * tokensOf(heldOut)
    : tokensOf(train) + tokensOf(heldOut)
  const fisherTokens = settings.near.kind === 'ewc' ? tokensOf((before?.train ?? train).slice(0, fisherSequences)) : 0
  // The teacher reads every training sentence once.
  const asked = teacher ? 2 * teacher.info.parameters * tokensOf(train) : 0
  const along = data.probes && probingCost(data.probes, model.shape)
  const moments =
    1 +
    plan.stages.length * settings.epochs +
    first.epochs +
    (settings.checkpoints === 'epoch' ? 0 : storedAlong(settings, steps, epochSteps))
  const probedTokens = along ? moments * tokensOfWord * along.words : 0
  const operations =
    asked +
    forward *
      (passes +
        (settings.slices ? 2 : 1) * tokensOf(test) +
        (settings.slices ? tokensOf(train) : 0) +
        probedTokens +
        3 * (first.epochs * first.tokens + fisherTokens))
  const backend = currentBackend()?.name ?? 'tensorflow'
  const predicted =
    operations / (speeds[backend] ?? 1e9) + steps * trained * updateSeconds + moments * (along?.seconds ?? 0)
  const longest = Math.max(...train.map(({ ids }) => ids.length))
  const activations = trainsModel
    ? settings.batch * longest * config.layers * (storedWidths * config.width + 3 * config.heads * longest)
    : 32 * longest * config.width * 12
  return {
    predicted,
    seconds: predicted * Math.min(1, (settings.updates ?? steps) / steps) * factor(`finetune ${backend}`),
    memoryBytes:
      4 * (parameters + ((trainsModel ? 3 : 4) + nearCopies[settings.near.kind]) * trained + activations) +
      (along?.memoryBytes ?? 0),
    diskBytes: settings.save ? 4 * parameters * (1 + storedAlong(settings, steps, epochSteps)) : 0,
    trained,
    parameters,
    taskBytes: 4 * trained,
    steps: Math.min(steps, settings.updates ?? steps),
    epochSteps,
    stages: plan.stages.length,
    strip: stripOf(plan, settings, config.layers, epochSteps, first)
  }
}

/**
 * What an epoch costs with what is trained beside the task, in epochs of the task alone, and how many times as many
 * updates it has.
 */
function besideCost({ beside }: FinetuneSettings, data: FinetuneData): { cost: number; updates: number } {
  switch (beside.kind) {
    case 'nothing':
      return { cost: 1, updates: 1 }
    case 'language model':
      return { cost: 2, updates: 1 }
    case 'consistency':
      // The plain version has no backward pass; adversarial noise is found by one more pass and its gradient.
      return { cost: (beside.change === 'adversarial' ? 10 : 7) / 3, updates: 1 }
    case 'task': {
      if (beside.sampling === 'beside' || !data.beside || Array.isArray(data.beside)) return { cost: 2, updates: 1 }
      const exponent = { proportional: 1, sqrt: 0.5, annealed: 0.6 }[beside.sampling]
      const further = (data.beside.train.length / data.train.length) ** exponent
      return { cost: 1 + further, updates: 1 + further }
    }
  }
}

/** Models that are stored along the way. */
function storedAlong({ checkpoints, updates }: FinetuneSettings, steps: number, epochSteps: number): number {
  return checkpoints === null
    ? 0
    : Math.floor(Math.min(steps, updates ?? steps) / (checkpoints === 'epoch' ? epochSteps : checkpoints))
}

/** Values that are kept beside each trained one: those that it is pulled to, and their Fisher information. */
const nearCopies: Readonly<Record<FinetuneSettings['near']['kind'], number>> = { none: 0, l2sp: 1, ewc: 2, mixout: 2 }

export function tokensOf(examples: readonly { ids: Int32Array }[]): number {
  return examples.reduce((sum, { ids }) => sum + ids.length, 0)
}

/** What is trained before the task. */
interface FirstCost {
  epochs: number
  /** Updates of an epoch. */
  epochSteps: number
  /** Tokens of an epoch. */
  tokens: number
  /** Learning rates: of all layers, and of a head of its own. */
  rates: { model: number; head: number }
}

const nothingFirst: FirstCost = { epochs: 0, epochSteps: 0, tokens: 0, rates: { model: 0, head: 0 } }

function firstCost(settings: FinetuneSettings, { train, before }: Pick<FinetuneData, 'train' | 'before'>): FirstCost {
  const { before: wanted, batch, accumulate, learningRate, headLearningRate } = settings
  if (wanted.kind === 'nothing') return nothingFirst
  const examples = before?.train ?? train
  return {
    epochs: wanted.epochs,
    epochSteps: updatesOf(Math.ceil(examples.length / batch), accumulate),
    tokens: tokensOf(examples),
    rates: {
      model: wanted.learningRate ?? learningRate,
      head: wanted.kind === 'task' ? headLearningRate : 0
    }
  }
}

/**
 * Forward passes that all epochs together cost: one for each epoch, and two more for the backward pass as far down as
 * something trains.
 */
function passesOf({ stages }: AdaptPlan, epochs: number, layers: number): number {
  let passes = 0
  for (const { groups } of stages)
    for (let epoch = 0; epoch < epochs; epoch++) {
      const active = groups.filter(({ from, to }) => epoch >= from && epoch < to)
      const lowest = Math.min(layers + 1, ...active.flatMap(({ layer }) => layer ?? []))
      passes += 1 + (2 * Math.min(layers, layers + 1 - lowest)) / layers
    }
  return passes
}

/** Which layers train when, and at which rate: stretches of whole epochs, those that are equal joined. */
export function stripOf(
  { stages }: AdaptPlan,
  settings: FinetuneSettings,
  layers: number,
  epochSteps: number,
  first: FirstCost = nothingFirst
): FinetuneEstimate['strip'] {
  const strip: FinetuneEstimate['strip'] = []
  let step = first.epochs * first.epochSteps
  if (step > 0) {
    const rates = Array.from({ length: layers + 1 }, (_, layer) => rateOf({ layer }, settings, layers))
    const scale = first.rates.model / settings.learningRate
    strip.push({ from: 0, to: step, rates: [...rates.map((rate) => rate * scale), first.rates.head] })
  }
  for (const { groups } of stages)
    for (let epoch = 0; epoch < settings.epochs; epoch++, step += epochSteps) {
      const rates = new Array<number>(layers + 2).fill(0)
      for (const group of groups)
        if (epoch >= group.from && epoch < group.to) {
          const place = group.layer ?? layers + 1
          rates[place] = Math.max(rates[place]!, rateOf(group, settings, layers))
        }
      const last = strip.at(-1)
      if (last && last.rates.every((rate, i) => rate === rates[i])) last.to = step + epochSteps
      else strip.push({ from: step, to: step + epochSteps, rates })
    }
  return strip
}
