import * as v from 'valibot'
import { adaptMethod } from './adaptMethods'
import { background, count, fresh, jobId, layer, name, pool, seed } from './fields'
import { classSlice, trainingSlices } from './finetuneSlices'
import { positive, share, whole } from './probeMethods/method'

/** What is added to the loss so that weights stay near those of the pretrained model. */
export const keepNear = v.variant('kind', [
  v.strictObject({ kind: v.literal('none') }),
  /** Li et al. (2018): alpha / 2 times the squared distance from the pretrained weights, beta / 2 times new ones. */
  v.strictObject({
    kind: v.literal('l2sp'),
    alpha: v.optional(positive(100), 0.01),
    beta: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(100)), 0.01)
  }),
  /**
   * Kirkpatrick et al. (2017): lambda / 2 times the squared distance, each weight by its Fisher information for what is
   * not to be forgotten: the task before, otherwise the language model.
   */
  v.strictObject({ kind: v.literal('ewc'), lambda: v.optional(positive(1e9), 100) }),
  /**
   * Lee, Cho & Kang (2020): in each update every number of a matrix is the pretrained one with this probability, and
   * the others move so that the mean stays.
   */
  v.strictObject({ kind: v.literal('mixout'), probability: v.optional(share(0.95), 0.7) })
])

/**
 * What is trained before the task: the language model on the training text (Howard & Ruder 2018), or another task with
 * a head of its own (Phang et al. 2018).
 */
export const before = v.variant('kind', [
  v.strictObject({ kind: v.literal('nothing') }),
  v.strictObject({
    kind: v.literal('language model'),
    epochs: v.optional(whole(1, 1000), 1),
    learningRate: v.optional(positive(1), 5e-5)
  }),
  v.strictObject({
    kind: v.literal('task'),
    /** Of the same data set unless another is named. */
    task: name,
    datasetId: v.optional(name),
    trainSplit: name,
    maxTrain: v.optional(v.nullable(v.pipe(count, v.minValue(2))), null),
    epochs: v.optional(whole(1, 1000), 2),
    /** Null: that of the method. */
    learningRate: v.optional(v.nullable(positive(1)), null)
  })
])

/** When layers train, and at which rate, where that is not as the method plans it. */
export const layerSchedule = v.pipe(
  v.array(
    v.pipe(
      v.strictObject({
        /** 0 the embeddings, i the block i. */
        layer,
        /** Epochs [from, to) of the task, counted from 0; to null: until the end. Where both are equal it is frozen. */
        from: v.optional(whole(0, 1000), 0),
        to: v.optional(v.nullable(whole(0, 1000)), null),
        /** Its learning rate; null: as without a schedule. */
        rate: v.optional(v.nullable(positive(10)), null)
      }),
      v.check(({ from, to }) => to === null || to >= from, 'Expected a layer to stop training after it begins')
    )
  ),
  v.maxLength(1000)
)

export type LayerSchedule = v.InferOutput<typeof layerSchedule>

/** What is trained beside the task. */
export const beside = v.variant('kind', [
  v.strictObject({ kind: v.literal('nothing') }),
  /** Chronopoulou et al. (2019): the language model on the same sentences, its weight falling exponentially. */
  v.strictObject({
    kind: v.literal('language model'),
    weight: v.optional(positive(1000), 0.2),
    annealed: v.optional(v.boolean(), true)
  }),
  /** Caruana (1997), Liu et al. (2019): another task with a head of its own. */
  v.strictObject({
    kind: v.literal('task'),
    /** Of the same data set unless another is named. */
    task: name,
    datasetId: v.optional(name),
    trainSplit: name,
    maxTrain: v.optional(v.nullable(v.pipe(count, v.minValue(2))), null),
    weight: v.optional(positive(1000), 1),
    annealed: v.optional(v.boolean(), false),
    /** A part of every update, or updates of its own: by sizes, their roots, or a power that falls (annealed). */
    sampling: v.optional(v.picklist(['beside', 'proportional', 'sqrt', 'annealed']), 'beside')
  }),
  /**
   * Xie et al. (2020): a sentence is to be answered alike when some of its words are masked or replaced, or when there
   * is noise on its embeddings, in a drawn direction or in that which changes the answer most (Miyato et al. 2019).
   */
  v.strictObject({
    kind: v.literal('consistency'),
    /** The sentences; those of the part to train on unless others are named. */
    datasetId: v.optional(name),
    split: v.optional(name),
    weight: v.optional(positive(1000), 1),
    change: v.optional(v.picklist(['mask', 'replace', 'noise', 'adversarial']), 'mask'),
    /** Of the tokens that are changed; how long noise is, as a share of the length of the sentence's embeddings. */
    share: v.optional(share(0.95), 0.15)
  })
])

/**
 * Yarowsky (1995): sentences without labels are predicted, those that the model is sure of are added with the predicted
 * class, and it is trained again from the base. Every round predicts all of them again.
 */
export const selfTraining = v.strictObject({
  /** The sentences, of the same data set unless another is named. */
  datasetId: v.optional(name),
  split: name,
  /** Probability of the predicted class above which an item is added. */
  threshold: v.optional(share(1), 0.9),
  /** Trainings after the first. */
  rounds: v.optional(whole(1, 100), 3)
})

/** Labels that linear probes are trained on along the training: what it costs the layers. */
export const probedAlong = v.strictObject({
  /** Tasks with classes, of the same data set unless another is named. */
  tasks: v.pipe(v.array(name), v.minLength(1), v.maxLength(20)),
  datasetId: v.optional(name),
  trainSplit: name,
  testSplit: name,
  /** Words that are drawn, the same for every run; null for all. */
  maxTrainWords: v.optional(v.nullable(count), 3000),
  maxTestWords: v.optional(v.nullable(count), 2000),
  pool: v.optional(pool, 'first')
})

export type ProbedAlong = v.InferOutput<typeof probedAlong>

/** Whether results are divided by slices of the data, and how much more training items of some of them weigh. */
export const slices = v.strictObject({
  /** Chen et al. (2019) learn slices with heads of their own; here their items weigh more. */
  weights: v.optional(
    v.pipe(
      v.array(
        v.strictObject({
          slice: v.pipe(
            name,
            v.check(
              (id) => id.startsWith(classSlice) || trainingSlices.some((known) => known === id),
              `Expected ${trainingSlices.join(', ')} or ${classSlice}NAME`
            )
          ),
          weight: positive(1000)
        })
      ),
      v.maxLength(100)
    ),
    []
  )
})

/** Heads: a linear layer, or one behind a dense layer with an activation. */
export const headKinds = ['linear', 'dense, tanh, linear', 'dense, relu, linear', 'dense, gelu, linear'] as const
export type HeadKind = (typeof headKinds)[number]

/** How the tokens of a sentence become one vector. */
export const headPoolings = ['first token', 'last token', 'mean'] as const
export type HeadPooling = (typeof headPoolings)[number]

const schedules = ['constant', 'linear', 'slanted'] as const

export const finetuneOptions = v.strictObject({
  modelId: name,
  datasetId: name,
  /** Id of a task of the data set whose items are words or sentences. */
  task: name,
  trainSplit: name,
  testSplit: name,
  /** Decides when to stop; null: a tenth of the training sentences is held out for it. */
  heldOutSplit: v.optional(v.nullable(name), null),
  /** Sentences to train on, drawn with the seed, and to test on, the same for every seed; null for all. */
  maxTrain: v.optional(v.nullable(v.pipe(count, v.minValue(2))), null),
  maxTest: v.optional(v.nullable(v.pipe(count, v.minValue(1))), null),
  method: v.optional(adaptMethod, { kind: 'full' }),
  /** Null: what is usual for the method. */
  learningRate: v.optional(v.nullable(positive(10)), null),
  headLearningRate: v.optional(v.nullable(positive(10)), null),
  /** The rate of each layer is that of the layer above divided by this (Howard & Ruder 2018, section 3.2: 2.6). */
  layerDecay: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(100)), 1),
  /** Null: what is usual for the method. */
  epochs: v.optional(v.nullable(whole(1, 1000)), null),
  /** Sentences of a batch; of feature extraction from words, words. Null: what is usual for the method. */
  batch: v.optional(v.nullable(whole(1, 4096)), null),
  /** Batches an update is the mean of. */
  accumulate: v.optional(whole(1, 1024), 1),
  optimizer: v.optional(v.picklist(['AdamW', 'Adam', 'Adadelta', 'SGD']), 'AdamW'),
  schedule: v.optional(v.picklist(schedules), 'linear'),
  /** Share of the steps in which rates rise. */
  warmup: v.optional(share(1), 0.1),
  weightDecay: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(10)), 0.01),
  /** Gradients of a larger norm are made as long as this; null: none is. */
  clip: v.optional(v.nullable(positive(1e6)), 1),
  dropout: v.optional(share(0.95), 0.1),
  /** How tokens become one vector in tasks of sentences; null: as is usual for the model. */
  pooling: v.optional(v.nullable(v.picklist(headPoolings)), null),
  head: v.optional(v.nullable(v.picklist(headKinds)), null),
  /** Whether training begins with the head that the model has for such a task. */
  keepHead: v.optional(v.boolean(), false),
  /** Weighs classes by how rare they are in the training sentences. */
  classWeights: v.optional(v.boolean(), false),
  /**
   * Epochs without a better held-out score after which training ends; the best epoch's weights are kept. Null: all
   * epochs are run and the last one's weights are kept.
   */
  patience: v.optional(v.nullable(whole(1, 1000)), null),
  layerSchedule: v.optional(layerSchedule),
  near: v.optional(keepNear, { kind: 'none' }),
  before: v.optional(before, { kind: 'nothing' }),
  beside: v.optional(beside, { kind: 'nothing' }),
  selfTraining: v.optional(selfTraining),
  /** The model that learns from another, in distillation; without one it is made of the teacher's blocks. */
  student: v.optional(v.strictObject({ modelId: name })),
  /** Probed before training, after every epoch, and wherever a model is stored along the way. */
  probes: v.optional(probedAlong),
  /** Word vectors that the embeddings of a BiLSTM begin with. */
  vectors: v.optional(v.strictObject({ modelId: name })),
  slices: v.optional(slices),
  /** Updates, of all stages together, after which training ends and what was learned is kept; null: it is run whole. */
  updates: v.optional(v.nullable(whole(1, 1e9)), null),
  /** Stores a model along the way: after every epoch, or after every so many updates. */
  checkpoints: v.optional(v.nullable(v.union([v.literal('epoch'), whole(1, 1e9)])), null),
  /** Whether the adapted model is stored. */
  save: v.optional(v.boolean(), true),
  seed,
  jobId,
  fresh,
  background
})

export type FinetuneOptions = v.InferOutput<typeof finetuneOptions>

/** The complete request; model and data set are identified by their files instead of their ids. */
export type FinetuneRequest = Omit<FinetuneOptions, 'modelId' | 'datasetId' | 'jobId' | 'fresh'>
