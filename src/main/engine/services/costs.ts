import type { UnitKind } from '@shared/ablation'
import type { CostEstimate } from '@shared/activations'
import type { PartLimit } from '@shared/drawing'
import type { ModelInfo } from '@shared/model'
import { defaultMethod } from '@shared/probeMethods'
import type { ResultKindId } from '@shared/results'
import { anatomyOf } from '../ablations/anatomy'
import { mapUnits } from '../ablations/taskMap'
import { unitsOf } from '../ablations/variants'
import { tokenBudget } from '../activations/extract'
import { needTransformer } from '../models/transformer/transformerModel'
import type { RequestOf } from './runners'
import type { RunServices } from './services'

/** What work takes, from its size and the pace of the model alone. */
export interface Work {
  seconds: number
  memoryBytes: number
  diskBytes: number
}

/** How the work of a kind is predicted. */
export interface Costing<K extends ResultKindId> {
  /**
   * What the work usually takes as a multiple of its passes through the model, before any was measured on this machine:
   * what a pass does not count, such as scoring and intervals. Null where the prediction learns by itself.
   */
  usual: number | null
  work(services: RunServices, request: RequestOf<K>): Promise<Work>
}

type CostTable = { readonly [K in ResultKindId]?: Costing<K> }

interface Part extends PartLimit {
  modelId: string
  datasetId: string
}

/** One pass over a part of the data, and what a head that predicts tokens adds to it. */
async function passOver(
  { activations, models }: RunServices,
  part: Part
): Promise<Work & { logits: number; subwords: number; info: ModelInfo }> {
  const info = models.info(part.modelId)
  const { seconds, subwords } = await activations.pass(part)
  return { seconds, subwords, logits: logitShare(info), info, memoryBytes: batchBytes(info), diskBytes: 0 }
}

/** What is read of each logit, such as its share of the sum, takes as long as multiplying it. */
const passesOverLogits = 2

/** Work on the logits, as a share of that of all blocks: 12 * width ** 2 multiplications a block of the usual make. */
function logitShare({ vocabulary, width, layers, head }: ModelInfo): number {
  return head && layers > 0 ? (passesOverLogits * vocabulary) / (12 * width * layers) : 0
}

/** What a batch leaves on its way through the blocks. */
function batchBytes({ width, layers, head, vocabulary }: ModelInfo): number {
  return tokenBudget() * 4 * (width * (layers + 12)) + (head ? 4 * 2 ** 26 + 4 * vocabulary : 0)
}

/** Passes of variants that each begin at the block they change, spread evenly over the blocks. */
const fromEveryBlock = (variants: number, layers: number): number => (variants * (layers + 1)) / (2 * layers)

interface Measured {
  loss: boolean
  movement?: boolean
  probe?: object | null
  runs?: readonly object[]
}
/** Passes that measuring takes once: those of the masked text are apart, and each with logits where these are read. */
function passesOf({ loss, movement, probe, runs = [] }: Measured, info: ModelInfo, logits: number): number {
  const unchanged = (movement ?? false) || Boolean(probe) || runs.length > 0 || !loss
  if (!loss) return 1
  if (!info.masked) return 1 + logits
  return (unchanged ? 1 : 0) + 1 + logits
}

const withSeconds = ({ memoryBytes, diskBytes }: Work, seconds: number): Work => ({ seconds, memoryBytes, diskBytes })

function unitCount({ models }: RunServices, modelId: string, unit: UnitKind): Promise<number> {
  return models.use(modelId, async (model) => unitsOf(unit, anatomyOf(model)).length)
}

async function scan(services: RunServices, request: RequestOf<'scan'>): Promise<Work> {
  const pass = await passOver(services, request)
  const units = await unitCount(services, request.modelId, request.unit)
  const passes = 1 + fromEveryBlock(units, pass.info.layers)
  return withSeconds(pass, pass.seconds * passes * passesOf(request, pass.info, pass.logits))
}

async function pruning(services: RunServices, request: RequestOf<'pruning'>): Promise<Work> {
  const { seconds, ...rest } = await scan(services, request)
  const pass = await passOver(services, request)
  const units = await unitCount(services, request.modelId, request.unit)
  const further = request.unit === 'head' ? (request.loss ? 1 : 0) : 2
  const steps = Math.min(request.steps, units) * (1 + further + request.randomOrders)
  const derivatives = request.unit === 'head' && request.loss ? 2 * units : 0
  const passes = 2 + steps + fromEveryBlock(derivatives, pass.info.layers)
  return { ...rest, seconds: seconds + pass.seconds * passes * passesOf(request, pass.info, pass.logits) }
}

async function taskMap(services: RunServices, request: RequestOf<'taskMap'>): Promise<Work> {
  const pass = await passOver(services, request)
  const units = await services.models.use(
    request.modelId,
    async (model) => mapUnits(needTransformer(model).config).length
  )
  const { layers } = pass.info
  const passes = 1 + fromEveryBlock(units + layers * request.randomDraws, layers)
  return withSeconds(pass, pass.seconds * passes * passesOf(request, pass.info, pass.logits))
}

/** The board and random sets of its size, after the unchanged model. */
async function ofSets(services: RunServices, request: Part & { randomSets: number } & Measured): Promise<Work> {
  const pass = await passOver(services, request)
  return withSeconds(pass, pass.seconds * (2 + request.randomSets) * passesOf(request, pass.info, pass.logits))
}

/** Shares of the neurons that are taken away, without the ends of the curve. */
const neuronSteps = 9

async function neurons(services: RunServices, request: RequestOf<'neurons'>): Promise<Work> {
  const pass = await passOver(services, request)
  const train = await passOver(services, {
    ...request,
    split: request.trainSplit,
    maxWords: request.maxTrainWords
  })
  const { layers } = pass.info
  const removals = neuronSteps * (2 + request.randomOrders) + 1
  const above = Math.max(0, layers - request.layer + (request.site === 'mlp' ? 1 : 0)) / layers
  const measuring = passesOf({ loss: request.loss, movement: above > 0 }, pass.info, pass.logits)
  return withSeconds(pass, train.seconds + pass.seconds * (1 + removals * above * measuring))
}

/** Sentences of minimal pairs: a causal model reads each once, a masked one once a token. */
async function pairs(services: RunServices, modelId: string, request: RequestOf<'pairs'>): Promise<Work> {
  const info = services.models.info(modelId)
  const runs = await services.minimalPairs.subwords(request)
  const seconds = await services.activations.secondsFor(modelId, runs)
  return { seconds: seconds * (1 + logitShare(info)), memoryBytes: batchBytes(info), diskBytes: 0 }
}

async function heads(services: RunServices, request: RequestOf<'heads'>): Promise<Work> {
  const pass = await passOver(services, request)
  // The stimulus of induction heads: 50 sequences of 100 tokens.
  const repeated = request.repeated === undefined ? 0 : await services.activations.secondsFor(request.modelId, 5000)
  return withSeconds(pass, pass.seconds + repeated)
}

async function retrained(services: RunServices, request: RequestOf<'retrained'>): Promise<Work> {
  const { tasks, randomSets, trainSplit, testSplit } = request
  const { modelId, datasetId, maxTrainWords, maxTestWords, draw } = request
  const drawn = draw === undefined ? {} : { draw }
  const train = await passOver(services, { modelId, datasetId, split: trainSplit, maxWords: maxTrainWords, ...drawn })
  const test = await passOver(services, { modelId, datasetId, split: testSplit, maxWords: maxTestWords, ...drawn })
  const probe = { probe: defaultMethod('linear'), control: false, codelength: false, restarts: 1 } as const
  const { interventions: _set, randomSets: _sets, tasks: _tasks, ...asked } = request
  const probes = services.probes.solveSeconds({ ...asked, ...probe, task: tasks[0]! }, 1)
  const times = (2 + randomSets) * tasks.length
  return withSeconds(train, times * (train.seconds + test.seconds + probes))
}

const known = ({ seconds, memoryBytes, diskBytes }: CostEstimate): Work => ({ seconds, memoryBytes, diskBytes })

/** Every kind whose work takes more than a moment. */
export const costs: CostTable = {
  probe: {
    usual: null,
    async work({ probes }, request) {
      const { seconds, memoryBytes, diskBytes } = await probes.estimate(request)
      return { seconds, memoryBytes, diskBytes }
    }
  },
  regression: {
    usual: 1,
    async work({ probes }, request) {
      const { seconds, memoryBytes, diskBytes } = await probes.estimate(request)
      return { seconds, memoryBytes, diskBytes }
    }
  },
  pretrain: {
    usual: null,
    async work({ pretraining }, request) {
      const { seconds, memoryBytes, diskBytes } = await pretraining.estimate(request)
      return { seconds, memoryBytes, diskBytes }
    }
  },
  adapted: {
    usual: 4,
    async work(services, { modelA, modelB, ...part }) {
      const [first, second] = [
        await passOver(services, { ...part, modelId: modelA }),
        await passOver(services, { ...part, modelId: modelB })
      ]
      return withSeconds(first, first.seconds + second.seconds)
    }
  },
  curve: {
    usual: null,
    async work({ curves }, request) {
      const { seconds, memoryBytes } = await curves.estimate(request)
      return { seconds, memoryBytes, diskBytes: 0 }
    }
  },
  finetune: {
    usual: null,
    async work({ finetunes }, request) {
      const { seconds, memoryBytes, diskBytes } = await finetunes.estimate(request)
      return { seconds, memoryBytes, diskBytes }
    }
  },
  scan: { usual: 1, work: scan },
  pruning: { usual: 1, work: pruning },
  taskMap: { usual: 1, work: taskMap },
  ablationSet: { usual: 1, work: ofSets },
  // Attention maps are read back, and layers compared.
  change: { usual: 4, work: (services, request) => ofSets(services, { ...request, loss: false }) },
  // An elastic net is fitted.
  neurons: { usual: 2.2, work: neurons },
  heads: { usual: 1.3, work: heads },
  experts: { usual: 1, work: passOver },
  pairs: { usual: 1.6, work: (services, request) => pairs(services, request.modelId, request) },
  setPairs: {
    usual: 1.6,
    async work(services, request) {
      const once = await pairs(services, request.modelId, request)
      return withSeconds(once, once.seconds * (2 + request.randomSets))
    }
  },
  retrained: { usual: 2, work: retrained },
  eraser: {
    usual: 1,
    async work(services, request) {
      const part = { ...request, split: request.trainSplit, maxWords: request.maxTrainWords }
      const pass = await passOver(services, part)
      return withSeconds(pass, pass.seconds * request.layers.length)
    }
  },
  tunedLens: {
    usual: 1.5,
    async work(services, request) {
      const info = services.models.info(request.modelId)
      const forward = await services.activations.secondsFor(request.modelId, request.steps * request.batch)
      // Each layer's prediction, and back through it.
      const seconds = forward * (1 + 3 * (info.layers + 1) * logitShare(info))
      return { seconds, memoryBytes: batchBytes(info), diskBytes: 0 }
    }
  },
  speed: {
    usual: 1.2,
    async work(services, request) {
      const pass = await passOver(services, request)
      return withSeconds(pass, Math.min(5, Math.max(1, 6 / pass.seconds)) * pass.seconds)
    }
  },
  cka: { usual: 1, work: async ({ compare }, request) => known(await compare.estimate(request)) },
  alignment: { usual: 1, work: async ({ alignments }, request) => known(await alignments.estimate(request)) },
  geometry: { usual: 2, work: async ({ activations }, request) => known(await activations.estimate(request)) },
  projection: { usual: 2, work: async ({ activations }, request) => known(await activations.estimate(request)) }
}
