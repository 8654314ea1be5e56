import { adaptKinds, type AdaptMethodOptions } from '@shared/adaptMethods'
import type { FinetuneEstimate } from '@shared/finetune'
import { currentBackend } from '../backends/pick'
import { elementsOf } from '../checkpoints/checkpoint'
import { openModelFolder } from '../models/adapted/modelFolder'
import type { TransformerModel } from '../models/transformer/transformerModel'
import { parametersByLayer } from '../training/layerParameters'
import { planOf } from '../training/methods'
import type { AdaptPlan } from '../training/methods/planner'
import { taskObjective } from '../training/task/finetune'
import { headParameters } from '../training/task/newParameters'
import type { FinetuneSettings } from '../training/task/settings'
import { rateOf, updatesOf } from '../training/task/stages'
import type { FinetuneData } from './finetuneData'
import { usualHead } from './finetuneModel'

/** Floating-point operations a second of training on two cores, by backend; a measured pace corrects it. */
const speeds: Readonly<Record<string, number>> = { tensorflow: 1.2e11, wasm: 5e9, cpu: 2e8 }

/** Seconds of the update of one number by AdamW. */
const updateSeconds = 4e-9

/** Numbers that a block leaves for the backward pass, in widths a token. */
const storedWidths = 24

/** What a run will take, without running anything. */
export function finetuneCost(
  model: TransformerModel,
  method: AdaptMethodOptions,
  settings: FinetuneSettings,
  { task, train, heldOut, test }: FinetuneData,
  factor: (kind: string) => number
): FinetuneEstimate & { predicted: number } {
  const { info, config } = model
  const sizes = new Map<string, number>()
  const { checkpoint } = openModelFolder(info.path)
  try {
    for (const name of checkpoint.names()) sizes.set(name, elementsOf(checkpoint.describe(name).shape))
  } finally {
    checkpoint.close()
  }
  const layers = parametersByLayer([...sizes.keys()], config.layers)
  const outputs = task.kind === 'number' ? 1 : task.classes.length
  const bias = usualHead(model, task.unit).bias
  const head = headParameters(`heads.${taskObjective}`, { kind: settings.head, bias }, config.width, outputs)
  const plan = planOf(method, { config, layers, head: head.map(({ name }) => name), epochs: settings.epochs })
  for (const { name, shape } of [...head, ...plan.newParameters]) sizes.set(name, elementsOf(shape))
  const numbersOf = (names: Iterable<string>): number =>
    [...names].reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)
  const trainedNames = new Set(plan.stages.flatMap(({ groups }) => groups.flatMap(({ parameters }) => [...parameters])))
  const trained = numbersOf(trainedNames)
  const parameters = numbersOf(sizes.keys())

  const { trainsModel } = adaptKinds[method.kind]
  const epochSteps = updatesOf(Math.ceil(train.length / settings.batch), settings.accumulate)
  const steps = plan.stages.length * settings.epochs * epochSteps
  const tokensOf = (examples: readonly { ids: Int32Array }[]): number =>
    examples.reduce((sum, { ids }) => sum + ids.length, 0)
  const blockNumbers = numbersOf(layers.slice(1).flat())
  const forward = 2 * blockNumbers
  const passes = trainsModel
    ? passesOf(plan, settings.epochs, config.layers) * tokensOf(train) +
      plan.stages.length * settings.epochs * tokensOf(heldOut)
    : tokensOf(train) + tokensOf(heldOut)
  const operations = forward * (passes + tokensOf(test))
  const backend = currentBackend()?.name ?? 'tensorflow'
  const predicted = operations / (speeds[backend] ?? 1e9) + steps * trained * updateSeconds
  const longest = Math.max(...train.map(({ ids }) => ids.length))
  const activations = trainsModel
    ? settings.batch * longest * config.layers * (storedWidths * config.width + 3 * config.heads * longest)
    : 32 * longest * config.width * 12
  return {
    predicted,
    seconds: predicted * factor(`finetune ${backend}`),
    memoryBytes: 4 * (parameters + (trainsModel ? 3 : 4) * trained + activations),
    diskBytes: settings.save ? 4 * parameters : 0,
    trained,
    parameters,
    taskBytes: 4 * trained,
    steps,
    strip: stripOf(plan, settings, config.layers, epochSteps)
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
function stripOf(
  { stages }: AdaptPlan,
  settings: FinetuneSettings,
  layers: number,
  epochSteps: number
): FinetuneEstimate['strip'] {
  const strip: FinetuneEstimate['strip'] = []
  let step = 0
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
