import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { adaptKinds } from '@shared/adaptMethods'
import { isWholeInput, labelledItem } from '@shared/finetune'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import type { LoadedModel } from '../models/model'
import { softmaxed } from '../probes/solvers/network'
import type { NewParameter } from '../training/methods/planner'
import { parametersByLayer } from '../training/layerParameters'
import type { Parameters } from '../training/parameters'
import { headTasks } from '../training/saved/placeHead'
import { writeCheckpoint } from '../training/saved/writeCheckpoint'
import { changedSentences, noisySentences } from '../training/task/changedSentences'
import { labelsTokens, type Example } from '../training/task/examples'
import { featureItems, itemExamples } from '../training/task/featureItems'
import { FeatureTable } from '../training/task/featureTable'
import {
  beforeObjective,
  besideObjective,
  taskObjective,
  type FinetuneInput,
  type LanguageModelInput,
  type TaskInput
} from '../training/task/input'
import { causalSequence, maskedSequence, type LanguageModelSequence } from '../training/task/languageModel'
import { addParameters, outputsOf, taskHeadParameters } from '../training/task/newParameters'
import { ProbesAlong, type ReadableModel } from '../training/task/probesAlong'
import type { FinetuneSettings } from '../training/task/settings'
import { balancedWeights, objectiveOf } from '../training/task/stages'
import { TrainableTransformer } from '../training/trainableTransformer'
import { labelledRows } from '../training/trainingBatch'
import type { FinetuneData } from './finetuneData'
import { headAndPlan, keptHead, spanPooling } from './finetuneHead'
import type { Learner } from './finetuneTeacher'

/** Test sentences that forgetting is measured on. */
const languageModelSentences = 48

/** A model that is ready to be trained, and its data as it reads them. */
export interface Adaptation {
  model: LoadedModel
  /** The model that it learns from; null where it learns from labels alone. */
  teacher: LoadedModel | null
  /** What the student is called, where it has another name than the model; null for the model's. */
  name: string | null
  /** The checkpoint with its parameters, where they change with the training; otherwise null. */
  changes: { transformer: TrainableTransformer; initial: (name: string) => Float32Array } | null
  input: FinetuneInput
  test: readonly Example[]
  /** What self-training is to label. */
  unlabelled: readonly Example[]
  /** Numbers of the model and its head. */
  parameters(): number
  /** Shares of the layers that the head reads; null where it reads the last one. */
  mix(): number[] | null
  /**
   * Stores the adapted model, complete or not at all, in a folder of its own.
   * @param step updates that were made
   * @returns the folder
   */
  store(folder: string, step: number): string
  /** Stores the model along the way, unless an interrupted run has stored it there already. @param key of the run */
  storeAlong(folder: string, key: string, step: number): void
  /** What was stored along the way of a run, in order. */
  storedAlong(folder: string, key: string): { step: number; folder: string }[]
}

export interface AdaptationRequest extends Learner {
  options: FinetuneOptions
  settings: FinetuneSettings
  data: FinetuneData
}

/**
 * Opens a model for training, with a new head and whatever the method adds, and frees everything after the work.
 * @throws UserError for a model or settings that the method cannot be used with
 */
export async function withAdaptation<T>(
  request: AdaptationRequest,
  job: JobHandle,
  work: (adaptation: Adaptation) => Promise<T>
): Promise<T> {
  const { model, blocks, teacher, options, settings, data } = request
  const { task } = data
  const transformer = await TrainableTransformer.open(model.info.path, model.info.untrained, 'kernels', blocks)
  const { config } = transformer
  let table: FeatureTable | null = null
  try {
    const { method, seed } = options
    const byLayer = parametersByLayer(transformer.parameters.names, config.layers)
    const kept = settings.keepHead ? keptHead(model, task) : null
    const { head, plan } = headAndPlan(model, method, settings, task, { config, layers: byLayer }, kept)
    const changes = adaptKinds[method.kind].trainsModel
    const perToken = labelsTokens(task)
    const mixed = method.kind === 'features' && method.reads === 'mix'
    if (kept && kept.mixed !== mixed)
      throw new UserError(
        `The head of ${model.info.name} reads ${kept.mixed ? 'a mix of all layers' : 'the last layer'}; choose ` +
          `${kept.mixed ? 'feature extraction with such a mix' : 'another way to read layers'}, or a new head.`
      )
    const objective = objectiveFor(data, settings, mixed)
    const before = changes && data.before ? taskInput(data.before, beforeObjective, settings, config.width) : null
    const beside = changes ? besideInput(model, data, settings, config.width) : null
    const common = {
      layers: config.layers,
      byLayer,
      plan,
      method,
      settings,
      kind: task.kind,
      seed,
      saved: null
    }
    let adaptation: Pick<Adaptation, 'input' | 'test' | 'unlabelled'>
    if (changes) {
      if (plan.newParameters.some(({ name }) => transformer.parameters.has(name)))
        throw new UserError(
          `${model.info.name} has adapters already, and a model has one set of them. Train it by another method, or ` +
            'open its base.'
        )
      if (plan.adaptation) transformer.adaptation = plan.adaptation
      addParameters(
        transformer.parameters,
        [...head, ...plan.newParameters, ...(before?.parameters ?? []), ...(beside?.parameters ?? [])],
        seed
      )
      adaptation = {
        input: {
          ...common,
          trainable: transformer,
          objective,
          perToken,
          train: data.train,
          heldOut: data.heldOut,
          languageModel: transformer.hasHead ? languageModelOf(model, data, seed) : null,
          before: before?.input ?? null,
          beside: beside?.input ?? null,
          distillation: distillationOf(method, task.kind),
          probes: data.probes && new ProbesAlong(data.probes, readable(transformer, model), options.probes!.pool)
        },
        test: data.test,
        unlabelled: data.unlabelled ?? []
      }
    } else {
      const parts = [data.train, data.heldOut, data.test, data.unlabelled ?? []]
      const all = parts.flat()
      const { layers, width, counts } = await featureItems(transformer, all, perToken, settings.pooling, mixed, job)
      table = new FeatureTable(layers, width)
      addParameters(table.parameters, [...head, ...plan.newParameters], seed)
      const items = itemExamples(all, counts, 0)
      let taken = 0
      const [train, heldOut, test, unlabelled] = parts.map((part) => {
        const from = taken
        for (const { labels } of part) taken += labelledRows(labels).length
        return items.slice(from, taken)
      }) as [Example[], Example[], Example[], Example[]]
      adaptation = {
        input: {
          ...common,
          trainable: table,
          // One stored vector an item takes the place of its tokens.
          objective:
            task.kind === 'number'
              ? { ...objective, kind: 'sentence regression', pooling: 'first token' }
              : {
                  kind: 'word tagging',
                  head: settings.head,
                  hidden_state: objective.hidden_state,
                  classes: outputsOf(task),
                  ...(objective.class_weights && { class_weights: objective.class_weights })
                },
          perToken: task.kind !== 'number',
          train,
          heldOut,
          languageModel: null,
          before: null,
          beside: null,
          distillation: null,
          probes: null
        },
        test,
        unlabelled
      }
    }
    // An untrained twin's values are nowhere on disk.
    const drawn = new Map(
      changes && model.info.untrained !== null
        ? byLayer.flat().map((name) => [name, transformer.parameters.get(name).dataSync<'float32'>().slice()] as const)
        : []
    )
    const trainedOn: Parameters = adaptation.input.trainable.parameters
    for (const [name, values] of kept?.values ?? [])
      trainedOn.assign(name.startsWith('mix.') ? name : `heads.${taskObjective}.${name}`, values)
    return await work({
      ...adaptation,
      model,
      teacher,
      name: null,
      // Values of a parameter of the checkpoint before training.
      changes: changes
        ? { transformer, initial: (name) => drawn.get(name) ?? transformer.checkpoint.read(name) }
        : null,
      parameters: () => transformer.parameters.count() + (table ? table.parameters.count() : 0),
      mix: () => (mixed ? softmaxed(trainedOn.get('mix.weights').dataSync<'float32'>()) : null),
      store: (folder, step) => {
        // What was learned on stored hidden states belongs to the model that they are from.
        if (table)
          for (const { name } of [...head, ...plan.newParameters])
            tf.tidy(() => transformer.parameters.add(name, tf.clone(trainedOn.get(name))))
        return storeAdapted(transformer, request, mixed, freeFolder(folder, nameOf(request)), step)
      },
      storeAlong: (folder, key, step) => {
        const path = join(folder, `${nameOf(request)}-${key}-step-${step}`)
        if (!existsSync(path)) storeAdapted(transformer, request, mixed, path, step)
      },
      storedAlong: (folder, key) => {
        const start = `${nameOf(request)}-${key}-step-`
        return (existsSync(folder) ? readdirSync(folder) : [])
          .flatMap((name) => (name.startsWith(start) ? [{ step: Number(name.slice(start.length)), name }] : []))
          .sort((a, b) => a.step - b.step)
          .map(({ step, name }) => ({ step, folder: join(folder, name) }))
      }
    })
  } finally {
    table?.dispose()
    transformer.dispose()
  }
}

/** The task as an objective. @param mixed whether the head reads a mix of all layers */
export function objectiveFor(
  { task, train }: FinetuneData,
  settings: FinetuneSettings,
  mixed: boolean
): FinetuneInput['objective'] {
  const labels = settings.classWeights ? train.flatMap((example) => [...example.labels]) : null
  return objectiveOf(task, settings, mixed, labels && balancedWeights(labels, task.classes.length))
}

/** How a student learns: numbers have no probabilities, so that their squared distance is the loss. */
function distillationOf(method: FinetuneOptions['method'], kind: 'class' | 'number'): FinetuneInput['distillation'] {
  if (method.kind !== 'distillation') return null
  return {
    kind: 'distillation',
    student: taskObjective,
    temperature: method.temperature,
    soft_weight: method.soft,
    hard_weight: method.hard,
    distance: kind === 'number' ? 'squared' : 'divergence'
  }
}

export function sourceOf({ info: { id, name, path } }: LoadedModel): { id: string; name: string; path: string } {
  return { id, name, path }
}

/** A model in training, as probes read it. */
function readable(transformer: TrainableTransformer, model: LoadedModel): ReadableModel {
  return {
    // A student may have fewer blocks.
    shape: { ...model.shape, layers: transformer.config.layers },
    needTokenizer: () => model.needTokenizer(),
    hiddenStates: (input) => transformer.hiddenStates(input)
  }
}

/** A further task, with a linear head of its own. @param objective its name */
function taskInput(
  { task, train }: NonNullable<FinetuneData['before']>,
  objective: string,
  settings: FinetuneSettings,
  width: number
): { input: TaskInput; parameters: NewParameter[] } {
  const pooling = isWholeInput(labelledItem(task)) ? settings.pooling : spanPooling
  const parameters = taskHeadParameters(objective, task, { kind: 'linear', bias: true }, width)
  return {
    input: {
      objective: objectiveOf(task, { pooling, head: 'linear' }, false, null),
      perToken: labelsTokens(task),
      train,
      head: parameters.map(({ name }) => name)
    },
    parameters
  }
}

/** What is trained beside the task. @throws UserError where tokens are to be masked and there is no mask token */
function besideInput(
  model: LoadedModel,
  { beside, train }: FinetuneData,
  settings: FinetuneSettings,
  width: number
): { input: FinetuneInput['beside']; parameters: NewParameter[] } | null {
  const { beside: wanted, seed } = settings
  if (beside && !Array.isArray(beside)) return taskInput(beside, besideObjective, settings, width)
  if (wanted.kind !== 'consistency') return null
  if (wanted.change === 'noise' || wanted.change === 'adversarial')
    return { input: noisySentences(beside ?? train, seed), parameters: [] }
  const { maskId } = model.needTokenizer()
  if (wanted.change === 'mask' && maskId === null)
    throw new UserError(
      'The tokenizer has no mask token, so no words can be masked for consistency; let words be replaced instead.'
    )
  const change = { share: wanted.share, mask: wanted.change === 'mask' ? maskId : null }
  return { input: changedSentences(beside ?? train, change, seed), parameters: [] }
}

function languageModelOf(model: LoadedModel, { train, test }: FinetuneData, seed: number): LanguageModelInput {
  const tokenizer = model.needTokenizer()
  const { causal, vocabulary } = model.shape
  const mask = tokenizer.maskId
  const sequence = (example: Example, drawnBy: number): LanguageModelSequence => {
    const { ids, wordOfToken, segments } = example
    if (causal) return { ...causalSequence(ids), segments }
    if (mask === null)
      throw new UserError(
        'The tokenizer has no mask token, so its language-model head cannot be trained or measured on text.'
      )
    return { ...maskedSequence(ids, wordOfToken, { mask, vocabulary }, drawnBy), segments }
  }
  const measurable = causal || mask !== null
  return {
    sequence: (example, epoch) => sequence(train[example]!, seed + 31 * example + 7919 * epoch),
    lengths: train.map(({ ids }) => ids.length),
    test: measurable
      ? test
          .filter(({ ids }) => ids.length > 2)
          .slice(0, languageModelSentences)
          .map((example, i) => sequence(example, i))
      : []
  }
}

/** What a folder of the adapted model is called. */
export function nameOf({ model, options: { task, method, seed } }: AdaptationRequest): string {
  return `${model.info.name}-${task}-${method.kind}-${seed}`.replace(/[^\w.-]+/g, '_').slice(0, 120)
}

/** A folder that is not there yet. */
export function freeFolder(folder: string, name: string): string {
  let path = join(folder, name)
  for (let n = 2; existsSync(path); n++) path = join(folder, `${name}-${n}`)
  return path
}

/** @param path a folder that is not there yet */
function storeAdapted(
  transformer: TrainableTransformer,
  { model, teacher, options, settings, data }: AdaptationRequest,
  mixed: boolean,
  path: string,
  step: number
): string {
  const { task, trainSplit, seed, method } = options
  const item = labelledItem(data.task)
  writeCheckpoint(transformer, {
    sourceFolder: model.info.path,
    folder: path,
    head: {
      task: headTasks[item],
      name: taskObjective,
      pooling: item === 'word' ? null : settings.pooling,
      kind: settings.head,
      hiddenState: mixed ? 'scalar mix' : 'last',
      labels: data.task.classes
    },
    lineage: {
      base: sourceOf(model),
      ...(teacher && { teacher: sourceOf(teacher) }),
      recipe: { method, ...settings },
      data: { task, part: trainSplit, sentences: data.train.length },
      seed,
      step
    }
  })
  return path
}
