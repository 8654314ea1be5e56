import * as tf from '@tensorflow/tfjs-core'
import type { AdaptOptionsOf } from '@shared/adaptMethods'
import type { FinetuneEstimate } from '@shared/finetune'
import { seededRandom } from '@shared/random'
import type { ProbeTask } from '@shared/task'
import { currentBackend } from '../backends/pick'
import { elementsOf } from '../checkpoints/checkpoint'
import type { LoadedModel } from '../models/model'
import { bilstmEmbedding } from '../models/recurrent/systems/bilstm'
import { bilstmPlan } from '../training/methods/bilstm'
import { withLayerSchedule } from '../training/methods/layerSchedule'
import type { AdaptPlan } from '../training/methods/planner'
import { writeBilstm } from '../training/saved/writeBilstm'
import { taskObjective, type FinetuneInput } from '../training/task/input'
import { outputsOf } from '../training/task/newParameters'
import type { FinetuneSettings } from '../training/task/settings'
import { updatesOf } from '../training/task/stages'
import { drawnBilstm, evenly, lstmShapes, TrainableBilstm } from '../training/trainableBilstm'
import { speeds, stripOf, tokensOf, updateSeconds } from './finetuneCost'
import type { BilstmLearner } from './bilstmLearner'
import type { FinetuneData } from './finetuneData'
import { freeFolder, nameOf, objectiveFor, sourceOf, type Adaptation, type AdaptationRequest } from './finetuneModel'

/** Blocks of a BiLSTM, as layers are counted. */
const layers = 1

/** Seconds of an operation on a step's few rows, which is more than its arithmetic. */
const stepSeconds = 1e-3

/** Shapes of the head: a layer with ReLU before the classes of sentences (Tang et al. 2019), linear for words. */
function headShapes(
  { hidden, dense }: AdaptOptionsOf<'bilstm'>,
  task: Pick<ProbeTask, 'unit' | 'kind' | 'classes'>
): Record<string, number[]> {
  const outputs = outputsOf(task)
  const name = `heads.${taskObjective}`
  if (task.unit === 'token') return { [`${name}.weight`]: [outputs, 2 * hidden], [`${name}.bias`]: [outputs] }
  return {
    [`${name}.dense.weight`]: [dense, 2 * hidden],
    [`${name}.dense.bias`]: [dense],
    [`${name}.weight`]: [outputs, dense],
    [`${name}.bias`]: [outputs]
  }
}

/** @throws UserError for a schedule of layers, which it does not have */
function planOfBilstm(
  names: readonly string[],
  { epochs, layerSchedule = [] }: Pick<FinetuneSettings, 'epochs' | 'layerSchedule'>,
  method: AdaptOptionsOf<'bilstm'>
): AdaptPlan {
  return withLayerSchedule(bilstmPlan(names, epochs), layerSchedule, method, { layers: [], epochs })
}

/** Makes a BiLSTM that learns from a teacher, and frees everything after the work. */
export async function withBilstm<T>(
  request: AdaptationRequest & { bilstm: BilstmLearner; method: AdaptOptionsOf<'bilstm'> },
  work: (adaptation: Adaptation) => Promise<T>
): Promise<T> {
  const { model, teacher, bilstm, method, options, settings, data } = request
  const { task } = data
  const { seed } = options
  const sizes = { rows: bilstm.words.length + 1, width: bilstm.widthOf(method), hidden: method.hidden }
  const trainable = new TrainableBilstm(drawnBilstm(sizes, bilstm.vectorsOfWords(), seed))
  try {
    const { parameters } = trainable
    const byLayer = [[bilstmEmbedding], Object.keys(lstmShapes(sizes)), []]
    const random = seededRandom(seed + 1)
    // As torch.nn.Linear draws weight and bias: within one over the root of the inputs.
    let inputs = 1
    for (const [name, shape] of Object.entries(headShapes(method, task))) {
      inputs = shape[1] ?? inputs
      const values = evenly(elementsOf(shape), 1 / Math.sqrt(inputs), random)
      tf.tidy(() => parameters.add(name, tf.tensor(values, shape)))
    }
    const objective = objectiveFor(data, settings, false)
    const input: FinetuneInput = {
      trainable,
      layers,
      byLayer,
      plan: planOfBilstm(parameters.names, settings, method),
      method,
      settings,
      objective:
        objective.kind === 'sentence classification' || objective.kind === 'sentence regression'
          ? { ...objective, pooling: 'both ends' }
          : objective,
      kind: task.kind,
      perToken: task.unit === 'token',
      train: data.train,
      heldOut: data.heldOut,
      languageModel: null,
      before: null,
      beside: null,
      distillation: {
        kind: 'distillation',
        student: taskObjective,
        temperature: 1,
        soft_weight: method.soft,
        hard_weight: method.hard,
        distance: 'squared'
      },
      probes: null,
      seed,
      saved: null
    }
    const store = (folder: string, step: number): string => {
      const path = freeFolder(folder, nameOf(request))
      const base = bilstm.vectors ?? teacher ?? model
      writeBilstm(parameters, {
        folder: path,
        words: bilstm.words,
        head: taskObjective,
        task: task.unit === 'token' ? 'token' : 'sequence',
        labels: task.classes,
        lineage: {
          base: sourceOf(base),
          teacher: sourceOf(teacher ?? model),
          recipe: { method, ...settings },
          data: { task: options.task, part: options.trainSplit, sentences: data.train.length },
          seed,
          step
        }
      })
      return path
    }
    return await work({
      model,
      teacher,
      name: 'BiLSTM',
      changes: null,
      input,
      test: data.test,
      unlabelled: [],
      parameters: () => parameters.count(),
      mix: () => null,
      store,
      storeAlong: () => undefined,
      storedAlong: () => []
    })
  } finally {
    trainable.dispose()
  }
}

/** What a run will take, without running anything. @param teacher the model that it learns from */
export function bilstmCost(
  teacher: LoadedModel,
  bilstm: BilstmLearner,
  method: AdaptOptionsOf<'bilstm'>,
  settings: FinetuneSettings,
  { task, train, heldOut, test }: FinetuneData,
  factor: (kind: string) => number
): FinetuneEstimate & { predicted: number } {
  const width = bilstm.widthOf(method)
  const shapes = {
    [bilstmEmbedding]: [bilstm.words.length + 1, width],
    ...lstmShapes({ width, hidden: method.hidden }),
    ...headShapes(method, task)
  }
  const sizes = Object.values(shapes).map(elementsOf)
  const parameters = sizes.reduce((sum, size) => sum + size, 0)
  const { epochs, batch, accumulate } = settings
  const epochSteps = updatesOf(Math.ceil(train.length / batch), accumulate)
  const steps = epochs * epochSteps
  const [embedding] = sizes as [number]
  const passes = 3 * epochs * tokensOf(train) + epochs * tokensOf(heldOut) + tokensOf(test)
  const operations = 2 * (parameters - embedding) * passes + 2 * teacher.info.parameters * tokensOf(train)
  const backend = currentBackend()?.name ?? 'tensorflow'
  const longest = Math.max(...train.map(({ ids }) => ids.length))
  const predicted =
    operations / (speeds[backend] ?? 1e9) +
    steps * (parameters * updateSeconds + 2 * longest * accumulate * stepSeconds)
  const plan = planOfBilstm(Object.keys(shapes), settings, method)
  return {
    predicted,
    seconds: predicted * Math.min(1, (settings.updates ?? steps) / steps) * factor(`finetune ${backend}`),
    memoryBytes: 4 * (4 * parameters + batch * longest * (2 * width + 2 * 16 * method.hidden)),
    diskBytes: settings.save ? 4 * parameters : 0,
    trained: parameters,
    parameters,
    taskBytes: 4 * parameters,
    steps: Math.min(steps, settings.updates ?? steps),
    epochSteps,
    stages: 1,
    strip: stripOf(plan, settings, layers, epochSteps)
  }
}
