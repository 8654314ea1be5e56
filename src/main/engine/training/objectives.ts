import * as tf from '@tensorflow/tfjs-core'
import type { Scalar, Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import { headScores, type HeadObjective } from './heads'
import { Hooks } from '../models/transformer/hooks'
import { embeddingsOf, noiseOf } from './embeddingNoise'
import { crossEntropy, unlabelled } from './losses'
import type { Objective, Recipe } from './recipe'
import type { Trainable } from './trainable'
import { labelledRows, type TrainingBatch } from './trainingBatch'

/** What an objective's loss is made of. */
export interface ObjectiveContext {
  model: Trainable
  objectives: Recipe['objectives']
  batch: TrainingBatch
  /** Scores of the fixed teacher on the batch [sequences, classes]; null where there is none. */
  teach: ((batch: TrainingBatch) => Tensor2D) | null
}

interface ObjectiveKind<O extends Objective> {
  /** What the loss needs that no gradient goes through; computed beforehand. */
  fixed?(objective: O, context: ObjectiveContext): FixedPart
  loss(objective: O, name: string, context: ObjectiveContext, fixed: FixedPart | null): Scalar
  /** What is evaluated: a row for each sequence or labelled position. */
  scores?(objective: O, name: string, context: ObjectiveContext): Tensor2D
}

const nothingDropped = new Hooks([])

/** What no gradient goes through. */
interface FixedPart {
  /** What is to be scored. */
  target: Tensor2D
  /** What is added to the embeddings, where something is. */
  noise?: Tensor2D
}

type Kinds = { [K in Objective['kind']]: ObjectiveKind<Extract<Objective, { kind: K }>> }

/** One class an item, whatever is read of it. */
const ofClasses = {
  loss: (objective: HeadObjective, name: string, context: ObjectiveContext) =>
    crossEntropy(
      scoresOf(objective, name, context),
      labelsOf(context, name),
      objective.class_weights,
      context.batch.weights?.[name]
    ),
  scores: scoresOf
}

/** One number an item. */
const ofNumbers = {
  loss: (objective: HeadObjective, name: string, context: ObjectiveContext) => {
    const labels = labelsOf(context, name)
    return meanSquare(scoresOf(objective, name, context), tf.tensor2d([...labels], [labels.length, 1]))
  },
  scores: scoresOf
}

/** Every kind of objective: its loss, and what is evaluated of it. A new one is a line here. */
const kinds: Kinds = {
  'sentence classification': ofClasses,
  'sentence regression': ofNumbers,
  'span classification': ofClasses,
  'span regression': ofNumbers,
  'word tagging': {
    ...ofClasses,
    scores: (objective, name, context) => labelledOnly(scoresOf(objective, name, context), labelsOf(context, name))
  },
  'language model': {
    loss: (_, name, context) => {
      const labels = labelsOf(context, name)
      const labelled = labels.filter((label) => label !== unlabelled)
      // Without any label the loss is still a function of the scores.
      if (labelled.length === 0) return crossEntropy(languageScores(context, null), labels)
      return crossEntropy(languageScores(context, labels), labelled)
    },
    scores: (_, name, context) => languageScores(context, labelsOf(context, name))
  },
  // Hinton, Vinyals & Dean (2015), section 2
  distillation: {
    fixed: (_, { teach, batch }) => {
      if (!teach) throw new UserError("An objective of kind 'distillation' needs a teacher.")
      return { target: teach(batch) }
    },
    loss: ({ student, temperature, soft_weight: soft, hard_weight: hard, distance }, _, context, fixed) => {
      const teacher = fixed!.target
      const head = headOf(context, student)
      const all = scoresOf(head, student, context)
      const labels = labelsOf(context, student)
      // Of words the teacher scores those with a label.
      const scores = head.kind === 'word tagging' ? labelledOnly(all, labels) : all
      const labelled =
        head.kind === 'sentence regression' || head.kind === 'span regression'
          ? meanSquare(scores, tf.tensor2d([...labels], [labels.length, 1]))
          : crossEntropy(all, labels, head.class_weights, context.batch.weights?.[student])
      // Tang et al. (2019), section 3.2
      const apart =
        distance === 'squared'
          ? meanSquare(scores, teacher)
          : tf.mul(meanDivergence(tf.div(teacher, temperature), tf.div(scores, temperature)), temperature ** 2)
      return tf.add(tf.mul(apart, soft), tf.mul(labelled, hard))
    }
  },
  // Xie et al. (2020), eq. 1: what is predicted for the plain version is the target, and fixed
  consistency: {
    fixed: ({ head, noise }, context) => {
      const objective = headOf(context, head)
      const target = scoresOf(objective, head, context)
      if (!noise) return { target }
      const { model, batch } = context
      // What dropout changes has no part in the direction.
      const plain =
        noise.kind === 'adversarial' ? scoresOf(objective, head, context, undefined, nothingDropped) : target
      const divergence = (embeddings: Tensor2D): Scalar =>
        meanDivergence(plain, scoresOf(objective, head, context, embeddings, nothingDropped))
      return { target, noise: noiseOf(noise, model, batch, divergence) }
    },
    loss: ({ head, noise: wanted }, _, context, fixed) => {
      const { target, noise } = fixed!
      const objective = headOf(context, head)
      const { model, batch } = context
      if (wanted)
        return meanDivergence(target, scoresOf(objective, head, context, tf.add(embeddingsOf(model, batch), noise!)))
      const { perturbed } = batch
      if (!perturbed) throw new UserError("A batch of an objective of kind 'consistency' needs 'perturbed_input_ids'.")
      return meanDivergence(target, scoresOf(objective, head, { ...context, batch: { ...batch, tokens: perturbed } }))
    }
  }
}

function kindOf(objective: Objective): ObjectiveKind<Objective> {
  return kinds[objective.kind] as ObjectiveKind<Objective>
}

/** What the loss needs that no gradient goes through; null for most. The caller disposes of it. */
export function fixedPart(name: string, context: ObjectiveContext): FixedPart | null {
  const objective = need(context, name)
  const { fixed } = kindOf(objective)
  return fixed ? tf.tidy(() => ({ ...fixed(objective, context) })) : null
}

/** The loss of a batch. Within a gradient. */
export function objectiveLoss(name: string, context: ObjectiveContext, fixed: FixedPart | null): Scalar {
  const objective = need(context, name)
  return kindOf(objective).loss(objective, name, context, fixed)
}

/** Scores of a batch, a row for each sequence or labelled position. @throws UserError for a kind without */
export function objectiveScores(name: string, context: ObjectiveContext): Tensor2D {
  const objective = need(context, name)
  const { scores } = kindOf(objective)
  if (!scores) throw new UserError(`'${name}' is of kind '${objective.kind}', which has no scores to evaluate.`)
  return tf.tidy(() => scores(objective, name, context))
}

function need({ objectives }: ObjectiveContext, name: string): Objective {
  const objective = objectives[name]
  if (!objective) throw new UserError(`The recipe has no objective '${name}'.`)
  return objective
}

function headOf(context: ObjectiveContext, name: string): HeadObjective {
  const objective = need(context, name)
  if (!('hidden_state' in objective)) throw new UserError(`The objective '${name}' has no head of its own.`)
  return objective
}

function labelsOf({ batch }: ObjectiveContext, name: string): readonly number[] {
  const labels = batch.labels[name]
  if (!labels) throw new UserError(`A batch has no labels for '${name}'.`)
  return labels
}

/** @param embeddings what is read in place of the tokens' embeddings */
function scoresOf(
  objective: HeadObjective,
  name: string,
  { model, batch }: ObjectiveContext,
  embeddings?: Tensor2D,
  hooks?: Hooks
): Tensor2D {
  const pass = model.run(batch.tokens, hooks, embeddings)
  return headScores(objective, `heads.${name}`, pass, batch, model.parameters)
}

/** Of the labelled positions; of all where no labels are given. The head costs as much as several blocks. */
function languageScores({ model, batch }: ObjectiveContext, labels: readonly number[] | null): Tensor2D {
  const pass = model.run(batch.tokens)
  const last = pass.hiddenStates.at(-1)!
  return pass.logits(labels ? labelledOnly(last, labels) : last)
}

function labelledOnly(rows: Tensor2D, labels: readonly number[]): Tensor2D {
  return tf.gather(rows, tf.tensor1d(labelledRows(labels), 'int32'))
}

function meanSquare(scores: Tensor, target: Tensor): Scalar {
  return tf.mean(tf.square(tf.sub(scores, target))) as Scalar
}

/** Mean over rows of KL(softmax(target) || softmax(scores)). */
function meanDivergence(target: Tensor, scores: Tensor): Scalar {
  const [ours, theirs] = [scores, target].map((x) => tf.logSoftmax(x)) as [Tensor, Tensor]
  return tf.mean(tf.sum(tf.mul(tf.exp(theirs), tf.sub(theirs, ours)), 1)) as Scalar
}
