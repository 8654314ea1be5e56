import type { JobHandle } from '@shared/jobs'
import { seededRandom, shuffle } from '@shared/random'
import type { TunedLensOptions } from '@shared/tunedLens'
import { UserError } from '@shared/userError'
import { maskWindows } from '../ablations/measures/questions'
import { batchesOfTokens, lensDivergences, trainTranslators, type Translators } from '../ablations/tunedLens'
import type { Window } from '../activations/windows'
import { partOfJob } from '../jobs/partOfJob'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import type { RunOutcome } from '../results/kind'
import type { ResultLibrary } from '../results/resultLibrary'
import { TrainableTransformer } from '../training/trainableTransformer'
import type { AblationInputs } from './ablationInputs'
import type { ModelService } from './modelService'

/** Of this many sentences one is held out. */
const heldOutEvery = 10

/** Trains tuned lenses, and lends those that are kept. */
export class TunedLensService {
  constructor(
    private readonly models: ModelService,
    private readonly library: ResultLibrary,
    private readonly inputs: AblationInputs
  ) {}

  train(options: TunedLensOptions, job: JobHandle): Promise<RunOutcome<'tunedLens'>> {
    const { steps, batch, rate, seed } = options
    return this.models.use(options.modelId, async (loaded) => {
      const model = needTransformer(loaded)
      if (!model.hasHead)
        throw new UserError(
          `${model.info.name} has no language-model head, so there are no predictions to translate to; open a ` +
            'checkpoint that was saved with its head.'
        )
      const { windows, words } = await this.inputs.windows(model, options)
      if (windows.length < 2)
        throw new UserError('A tuned lens needs two sentences at least: one to train on and one that is held out.')
      const read = disguised(model, windows, seed)
      const isHeldOut = (i: number): boolean => i % heldOutEvery === Math.min(heldOutEvery, windows.length) - 1
      const heldOut = read.filter((_, i) => isHeldOut(i))
      const training = read.filter((_, i) => !isHeldOut(i))
      const trainable = await TrainableTransformer.open(model.info.path, model.info.untrained)
      let translators: Translators
      try {
        const batches = updatesOf(training, { steps, batch, seed })
        translators = await trainTranslators(model, trainable, { batches, rate }, partOfJob(job, 0, 0.95))
      } finally {
        trainable.dispose()
      }
      const { logit, tuned } = await lensDivergences(
        model,
        translators,
        batchesOfTokens(heldOut, batch),
        partOfJob(job, 0.95, 1)
      )
      return {
        result: {
          ...this.inputs.describe(options, { model, windows, words }),
          steps,
          batch,
          rate,
          heldOut: heldOut.length,
          layers: logit.map((value, layer) => ({ layer, logit: value, tuned: tuned[layer]! }))
        },
        tables: { matrices: translators.matrices, offsets: translators.offsets }
      }
    })
  }

  /** The translators of a kept lens. @throws UserError for one of another model */
  translators(runId: string, model: LoadedModel): Translators {
    const { kind, subject } = this.library.listed(runId)
    if (kind !== 'tunedLens') throw new UserError('That result is not a tuned lens; train one, or name one.')
    if (subject.model.id !== model.info.id)
      throw new UserError(`This tuned lens was trained on ${subject.model.name}; train one on ${model.info.name}.`)
    const [matrices, offsets] = this.library.tensors(runId, ['matrices', 'offsets'])
    return {
      matrices: { shape: matrices!.shape, data: Float32Array.from(matrices!.data) },
      offsets: { shape: offsets!.shape, data: Float32Array.from(offsets!.data) }
    }
  }
}

/** The text as the model predicts from it: a masked model reads it with some tokens masked. */
function disguised(model: LoadedModel, windows: readonly Window[], seed: number): readonly Window[] {
  const mask = model.shape.causal ? null : model.needTokenizer().maskId
  return mask === null ? windows : maskWindows(windows, seed, mask)
}

/** A batch for every update: passes over the windows, each in a new order. */
function updatesOf(
  windows: readonly Window[],
  { steps, batch, seed }: Pick<TunedLensOptions, 'steps' | 'batch' | 'seed'>
): ReturnType<typeof batchesOfTokens> {
  const random = seededRandom(seed)
  const updates: ReturnType<typeof batchesOfTokens> = []
  while (updates.length < steps) {
    const order = [...windows]
    shuffle(order, random)
    updates.push(...batchesOfTokens(order, batch))
  }
  return updates.slice(0, steps)
}
