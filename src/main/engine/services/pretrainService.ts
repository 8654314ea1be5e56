import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JobHandle } from '@shared/jobs'
import { pretrainFamilies, type PretrainEstimate, type PretrainOptions, type PretrainProgress } from '@shared/pretrain'
import { UserError } from '@shared/userError'
import { currentBackend } from '../backends/pick'
import type { DatasetStore } from '../datasets/datasetStore'
import type { MeasuredPaces } from '../jobs/measuredPaces'
import { partOfJob } from '../jobs/partOfJob'
import { openModelFolder } from '../models/adapted/modelFolder'
import type { LoadedModel } from '../models/model'
import { needTransformer } from '../models/transformer/transformerModel'
import { holdOut } from '../probes/solvers/minibatches'
import { contentKey } from '../results/contentKey'
import type { RunOutcome } from '../results/kind'
import { WordTokenizer } from '../tokenizers/wordTokenizer'
import { parametersByLayer } from '../training/layerParameters'
import { newParameterCount, writeNewModel, type NewShape } from '../training/newModel'
import { writeCheckpoint } from '../training/saved/writeCheckpoint'
import { causalSequence, maskedSequence, type LanguageModelSequence } from '../training/task/languageModel'
import { pretrain, pretrainSteps } from '../training/task/pretrain'
import { SavedState } from '../training/task/savedState'
import { TrainableTransformer } from '../training/trainableTransformer'
import { speeds, storedWidths, tokensOf, updateSeconds } from './finetuneCost'
import { drawn } from './finetuneData'
import { freeFolder } from './finetuneModel'
import type { ModelService } from './modelService'

/** Counted up with every change after which the same request gives other numbers or another state. */
const recipeVersion = 1
const heldOutShare = 0.1
/** Sequences that the loss is watched on, at most. */
const mostHeldOut = 500

/** A piece of text as the model reads it. */
interface Piece {
  ids: Int32Array
  wordOfToken: Int32Array
}

/** Text of a request, read by the new model's tokenizer. */
interface PretrainText {
  train: Piece[]
  heldOut: Piece[]
  sentences: number
  heldOutText: string
  shape: NewShape
  tokenizerFolder: string
  maskId: number | null
}

/** Trains small models of a new shape from random weights, on the user's text. */
export class PretrainService {
  /** How runs go that are running now, by their jobs. */
  private readonly running = new Map<string, PretrainProgress>()

  /** @param folders where states of interrupted runs and models are stored */
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly paces: MeasuredPaces,
    private readonly folders: { states: string; models: string }
  ) {}

  title({ family, layers, width }: PretrainOptions): string {
    return `Pretraining ${pretrainFamilies[family].title}, ${layers} x ${width}`
  }

  /** How a run goes; null for a job that does not pretrain now. @param from updates that are known already */
  progress(jobId: string, from = 0): PretrainProgress | null {
    const progress = this.running.get(jobId)
    return progress ? { ...progress, steps: progress.steps.slice(from) } : null
  }

  estimate(options: PretrainOptions): Promise<PretrainEstimate> {
    return this.models.use(options.modelId, async (model) => {
      const { predicted: _, ...cost } = costOf(options, await this.text(options, model), (kind) =>
        this.paces.factor(kind)
      )
      return cost
    })
  }

  /**
   * Trains and stores; an interrupted run goes on where it was measured last.
   * @param fresh whether it starts from the beginning
   * @throws UserError for a text or a tokenizer that nothing can be learned from, and for a loss that is not a number
   */
  run(options: PretrainOptions, job: JobHandle, { fresh = false } = {}): Promise<RunOutcome<'pretrain'>> {
    return this.models.use(options.modelId, async (model) => {
      const started = performance.now()
      const { family, seed, epochs, batch, learningRate, warmup, weightDecay, dropout } = options
      const settings = { epochs, batch, learningRate, warmup, weightDecay, dropout, seed }
      const text = await this.text(options, model)
      const backend = currentBackend()
      const asked = { ...options, jobId: null, fresh: null, background: null, save: null }
      const key = contentKey(['pretrain', recipeVersion, asked, backend?.name, backend?.version])
      const state = join(this.folders.states, key.slice(0, 32))
      const saved = new SavedState(state)
      if (fresh) rmSync(state, { recursive: true, force: true })
      const initial = join(state, 'new-model')
      writeNewModel(initial, family, text.shape, text.tokenizerFolder)
      const trainable = await TrainableTransformer.open(initial, seed)
      const progress: PretrainProgress = {
        jobId: job.id,
        steps: [],
        epochs: [],
        totalSteps: epochs * pretrainSteps(text.train.length, options)
      }
      this.running.set(job.id, progress)
      try {
        const sequenceOf = sequencesOf(options, text)
        const { steps, epochs: measured } = await pretrain(
          {
            trainable,
            byLayer: parametersByLayer(trainable.parameters.names, text.shape.layers),
            settings,
            lengths: text.train.map(({ ids }) => ids.length),
            sequence: (example, epoch) => sequenceOf(text.train[example]!, seed + 31 * example + 7919 * epoch),
            heldOut: text.heldOut.map((piece, i) => sequenceOf(piece, i)),
            saved
          },
          {
            onStep: (step) => progress.steps.push(step),
            onEpoch: (epoch) => progress.epochs.push(epoch)
          },
          partOfJob(job, 0, 0.98)
        )
        const checkpoint = options.save ? this.store(options, model, text, trainable, initial, steps.length) : null
        saved.forget()
        const seconds = (performance.now() - started) / 1000
        this.paces.learn(`pretrain ${backend?.name ?? ''}`, costOf(options, text, () => 1).predicted, seconds)
        const { info } = this.datasets.get(options.datasetId)
        return {
          result: {
            dataset: { name: info.name, split: options.split },
            sentences: text.sentences,
            family,
            shape: text.shape,
            tokenizer: model.info.name,
            settings,
            parameters: trainable.parameters.count(),
            heldOut: text.heldOutText,
            tokens: tokensOf(text.train),
            steps,
            epochs: measured,
            checkpoint,
            backend: backend?.title ?? '',
            seconds
          }
        }
      } finally {
        this.running.delete(job.id)
        trainable.dispose()
      }
    })
  }

  private store(
    options: PretrainOptions,
    { info }: LoadedModel,
    text: PretrainText,
    trainable: TrainableTransformer,
    initial: string,
    step: number
  ): string {
    const { family, layers, width, seed, modelId: _m, datasetId: _d, jobId: _j, fresh: _f, ...recipe } = options
    const folder = freeFolder(this.folders.models, `${family}-${layers}x${width}-${seed}`)
    writeCheckpoint(trainable, {
      sourceFolder: initial,
      folder,
      head: { task: 'lm' },
      lineage: {
        base: { name: `random weights of seed ${seed}` },
        recipe: { pretraining: family, layers, width, ...recipe, tokenizer: info.name },
        data: { name: this.datasets.get(options.datasetId).info.name, part: options.split, sentences: text.sentences },
        seed,
        step
      }
    })
    return folder
  }

  /** @throws UserError for a tokenizer without a mask where one is needed, and for a text that is too short */
  private async text(options: PretrainOptions, model: LoadedModel): Promise<PretrainText> {
    const { datasetId, split, heldOutSplit, maxTrain, family, seed, layers, width, heads, window } = options
    const { config } = needTransformer(model)
    const opened = openModelFolder(model.info.path)
    opened.checkpoint.close()
    const { tokenizerFolder } = opened
    const tokenizer = await WordTokenizer.open(tokenizerFolder, window, opened.tokenizer)
    const { causal, title } = pretrainFamilies[family]
    if (!causal && tokenizer.maskId === null)
      throw new UserError(
        `The tokenizer of ${model.info.name} has no mask token, which ${title} learns from. Take the tokenizer of ` +
          'another model, or another family.'
      )
    if (split === heldOutSplit)
      throw new UserError(`'${split}' is trained on, so the loss cannot be watched on it; choose another part.`)
    const dataset = this.datasets.get(datasetId)
    const read = async (sentences: readonly (readonly string[])[]): Promise<Piece[]> => {
      await tokenizer.prepare(new Set(sentences.flat()))
      return sentences.flatMap((words) => piecesOf(words, tokenizer, causal))
    }
    const all = dataset.text(split).sentences
    const chosen = drawn([...all.keys()], maxTrain, seed).map((i) => all[i]!)
    const parts = heldOutSplit === null ? holdOut(Int32Array.from(chosen.keys()), heldOutShare, seed) : null
    const train = parts ? Array.from(parts.train, (i) => chosen[i]!) : chosen
    const watched = parts ? Array.from(parts.heldOut, (i) => chosen[i]!) : dataset.text(heldOutSplit!).sentences
    const pieces = { train: await read(train), heldOut: (await read(watched)).slice(0, mostHeldOut) }
    if (pieces.train.length === 0 || pieces.heldOut.length === 0)
      throw new UserError(
        `'${split}' has too little text: pretraining needs sentences to train on and others to watch the loss on.`
      )
    return {
      ...pieces,
      sentences: train.length,
      heldOutText: parts
        ? `${watched.length.toLocaleString('en')} sentences held out of '${split}'`
        : `the part '${heldOutSplit}'`,
      shape: {
        layers,
        width,
        heads,
        mlpWidth: options.mlpWidth ?? 4 * width,
        window,
        vocabulary: config.vocabulary
      },
      tokenizerFolder,
      maskId: tokenizer.maskId
    }
  }
}

/** A sentence in pieces that fit the window; those that nothing is predicted in are left out. */
function piecesOf(words: readonly string[], tokenizer: WordTokenizer, causal: boolean): Piece[] {
  const pieces: Piece[] = []
  for (let from = 0; from < words.length;) {
    const { ids, wordOfToken, wordsTaken } = tokenizer.encode(words, from)
    const predicts = causal ? ids.length > 1 : wordOfToken.some((word) => word >= 0)
    if (predicts) pieces.push({ ids, wordOfToken })
    from = Math.max(from + 1, wordsTaken)
  }
  return pieces
}

function sequencesOf(
  { family }: PretrainOptions,
  { maskId, shape }: PretrainText
): (piece: Piece, drawnBy: number) => LanguageModelSequence {
  const { causal } = pretrainFamilies[family]
  return ({ ids, wordOfToken }, drawnBy) =>
    causal
      ? causalSequence(ids)
      : maskedSequence(ids, wordOfToken, { mask: maskId!, vocabulary: shape.vocabulary }, drawnBy)
}

function costOf(
  { family, epochs, batch, save }: PretrainOptions,
  { train, heldOut, sentences, shape }: PretrainText,
  factor: (kind: string) => number
): PretrainEstimate & { predicted: number } {
  const parameters = newParameterCount(family, shape)
  const { layers, width, heads, vocabulary, window } = shape
  const embeddings = (vocabulary + window) * width
  const tokens = tokensOf(train)
  const steps = epochs * pretrainSteps(train.length, { batch })
  // The head scores every predicted token over the whole vocabulary.
  const predictedShare = pretrainFamilies[family].causal ? 1 : 0.15
  const ofToken = 2 * (parameters - embeddings) + 2 * predictedShare * vocabulary * width
  const measured = Math.max(epochs, 10) + 1
  const backend = currentBackend()?.name ?? 'tensorflow'
  const predicted =
    (ofToken * (3 * epochs * tokens + measured * tokensOf(heldOut))) / (speeds[backend] ?? 1e9) +
    steps * parameters * updateSeconds
  const longest = Math.max(...train.map(({ ids }) => ids.length))
  const activations =
    batch * longest * (layers * (storedWidths * width + 3 * heads * longest) + 3 * predictedShare * vocabulary)
  return {
    predicted,
    seconds: predicted * factor(`pretrain ${backend}`),
    memoryBytes: 4 * (4 * parameters + activations),
    diskBytes: save ? 4 * parameters : 0,
    parameters,
    steps,
    sentences,
    tokens
  }
}
