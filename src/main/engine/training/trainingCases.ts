import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor2D } from '@tensorflow/tfjs-core'
import { UserError } from '@shared/userError'
import type { Checkpoint } from '../checkpoints/checkpoint'
import { openSafetensors } from '../checkpoints/safetensors'
import { expectedFile } from '../models/parityFiles'
import { largestDistance } from './distance'
import { headScores } from './heads'
import { objectiveScores } from './objectives'
import type { Parameters } from './parameters'
import { readRecipe, type EnsembleRecipe, type Recipe } from './recipe'
import { contextOf, trainStage, type StepReport, type TrainingRun } from './train'
import { TrainableTransformer } from './trainableTransformer'
import { trainingBatch } from './trainingBatch'

export const recipeFile = 'recipe.json'
const initialFile = 'initial.safetensors'

/** What a case compares, as a part of its tolerance: at most 1 agrees. */
export interface CaseResult {
  loss: number
  gradientNorm: number
  final: number
  evaluation: number
  /** What is farthest off. */
  worst: string
  steps: number
  ok: boolean
}

export function hasTrainingCase(folder: string): boolean {
  return existsSync(join(folder, recipeFile)) && existsSync(join(folder, expectedFile))
}

/**
 * Trains as a recipe says and compares every loss, rate, norm, final value and prediction with those of the reference.
 * @throws UserError for a recipe that cannot be followed
 */
export async function runCase(folder: string): Promise<CaseResult> {
  const recipe = readRecipe(join(folder, recipeFile))
  const distances = new Distances(folder)
  try {
    if ('members' in recipe) await compareEnsemble(folder, recipe, distances)
    else await compareRun(folder, recipe, distances)
    return distances.result()
  } finally {
    distances.close()
  }
}

type Column = 'loss' | 'gradientNorm' | 'final' | 'evaluation'

/** Collects how far values are from the reference's, in parts of their tolerances. */
class Distances {
  private readonly expected: Checkpoint
  private readonly most: Record<Column, number> = { loss: 0, gradientNorm: 0, final: 0, evaluation: 0 }
  private readonly compared = new Set<string>()
  private worst = { name: '', distance: -1 }
  steps = 0

  constructor(folder: string) {
    this.expected = openSafetensors(join(folder, expectedFile))
  }

  has(name: string): boolean {
    return this.expected.has(name)
  }

  names(): string[] {
    return this.expected.names()
  }

  /**
   * @param tolerance of the number at a place, for its expected value
   * @throws UserError where the reference has another number of values
   */
  compare(
    column: Column,
    name: string,
    ours: ArrayLike<number>,
    tolerance: (value: number, place: number) => number
  ): void {
    const theirs = this.expected.read(name)
    if (theirs.length !== ours.length)
      throw new UserError(`The reference has ${theirs.length} values of '${name}'; the run gives ${ours.length}.`)
    this.compared.add(name)
    const distance = largestDistance(ours, theirs, tolerance)
    this.most[column] = Math.max(this.most[column], distance)
    if (distance > this.worst.distance) this.worst = { name, distance }
  }

  result(): CaseResult {
    const left = this.names().filter((name) => !this.compared.has(name))
    if (left.length > 0) throw new UserError(`The reference has '${left[0]!}', which the run does not give.`)
    const ok = Object.values(this.most).every((distance) => distance <= 1)
    return { ...this.most, worst: this.worst.name, steps: this.steps, ok }
  }

  close(): void {
    this.expected.close()
  }
}

async function compareRun(folder: string, recipe: Recipe, distances: Distances): Promise<void> {
  const { tolerance } = recipe
  const evaluated = (name: string, scores: ArrayLike<number>): void =>
    distances.compare('evaluation', name, scores, () => tolerance.evaluation)
  await withRun(folder, recipe, (run) => {
    for (const { objective, batch } of recipe.evaluation) {
      evaluated(`evaluation.before.${objective}`, scoresOf(run, objective, batch))
      if (run.teach && distances.has('evaluation.before.teacher')) {
        const scores = run.teach(run.batches.at(batch)!)
        evaluated('evaluation.before.teacher', scores.dataSync())
        scores.dispose()
      }
    }
    const reports = trainAll(run, recipe, (gradients) =>
      compareFirst(gradients, run.model.parameters, distances, tolerance.final)
    )
    distances.steps = reports.length
    compareReports(reports, recipe, distances)
    for (const name of distances.names().filter((name) => name.startsWith('final.'))) {
      const parameter = name.slice('final.'.length)
      const undetermined = recipe.undetermined[parameter]
      const isUndetermined = (place: number): boolean =>
        undetermined?.elements.some(([first, end]) => place >= first && place < end) ?? false
      distances.compare('final', name, run.model.parameters.get(parameter).dataSync(), (_, place) =>
        undetermined && isUndetermined(place) ? undetermined.within : tolerance.final
      )
    }
    for (const { objective, batch } of recipe.evaluation)
      evaluated(`evaluation.${objective}`, scoresOf(run, objective, batch))
  })
}

/** Gradients of new parameters at the first step. */
function compareFirst(
  gradients: NamedTensorMap,
  parameters: Parameters,
  distances: Distances,
  tolerance: number
): void {
  for (const name of distances.names().filter((name) => name.startsWith('first_gradient.'))) {
    const parameter = name.slice('first_gradient.'.length)
    const gradient = gradients[parameter]?.dataSync() ?? new Float32Array(parameters.get(parameter).size)
    distances.compare('gradientNorm', name, gradient, () => tolerance)
  }
}

interface StageReport extends StepReport {
  stage: number
}

function trainAll(run: TrainingRun, recipe: Recipe, onFirst: (gradients: NamedTensorMap) => void): StageReport[] {
  return recipe.stages.flatMap((stage, index) => {
    const onGradient = (step: number, gradients: NamedTensorMap): void => {
      if (index === 0 && step === 0) onFirst(gradients)
    }
    return [...trainStage({ ...run, onGradient }, stage)].map((report) => ({ ...report, stage: index }))
  })
}

function compareReports(reports: readonly StageReport[], { stages, tolerance }: Recipe, distances: Distances): void {
  const within = (): number => tolerance.loss
  distances.compare(
    'loss',
    'loss',
    reports.map(({ loss }) => loss),
    within
  )
  const widest = Math.max(...stages.flatMap(({ steps }) => steps.map((parts) => parts.length)))
  const padded = reports.flatMap(({ parts }) => [...parts, ...new Array<number>(widest - parts.length).fill(0)])
  distances.compare('loss', 'loss.parts', padded, within)
  if (distances.has('loss.regulariser'))
    distances.compare(
      'loss',
      'loss.regulariser',
      reports.map(({ penalty }) => penalty ?? 0),
      within
    )
  const rates = reports.flatMap(({ rates, stage }) =>
    stages.flatMap(({ groups }, index) => (index === stage ? rates : groups.map(() => 0)))
  )
  // Rates are numbers of the recipe: as float32 stores them.
  distances.compare('loss', 'learning_rate', rates, (value) => Math.abs(value) * 1e-6 + 1e-12)
  distances.compare(
    'gradientNorm',
    'gradient_norm',
    reports.map(({ gradientNorm }) => gradientNorm),
    (value) => tolerance.gradient_norm * Math.abs(value) + 1e-12
  )
}

async function compareEnsemble(folder: string, recipe: EnsembleRecipe, distances: Distances): Promise<void> {
  let sum: Float32Array | null = null
  let classes = 0
  for (const member of recipe.members) {
    const path = join(folder, member)
    const own = readRecipe(join(path, recipeFile))
    if ('members' in own) throw new UserError(`A member of an ensemble cannot be an ensemble itself: ${path}.`)
    const { batch } = own.evaluation.find(({ objective }) => objective === recipe.evaluation)!
    await withRun(path, own, (run) => {
      distances.steps += trainAll(run, own, () => undefined).length
      const scores = objectiveScores(recipe.evaluation, contextOf(run, batch))
      const shares = tf.softmax(scores)
      const probabilities = shares.dataSync<'float32'>()
      shares.dispose()
      classes = scores.shape[1]
      sum = sum ? sum.map((value, i) => value + probabilities[i]!) : probabilities
      scores.dispose()
    })
  }
  const mean = (sum as Float32Array | null)?.map((value) => value / recipe.members.length) ?? new Float32Array(0)
  distances.compare('evaluation', 'probabilities', mean, () => recipe.tolerance.probabilities)
  const predictions = Array.from({ length: mean.length / classes }, (_, row) => {
    const ofRow = mean.subarray(row * classes, (row + 1) * classes)
    return ofRow.indexOf(Math.max(...ofRow))
  })
  distances.compare('evaluation', 'predictions', predictions, () => 0.5)
}

/** Opens a recipe's model with its new parameters, and frees everything afterwards. */
async function withRun(folder: string, recipe: Recipe, work: (run: TrainingRun) => void): Promise<void> {
  const given = existsSync(join(folder, initialFile)) ? openSafetensors(join(folder, initialFile)) : null
  const opened: TrainableTransformer[] = []
  const open = async (path: string, isNew: (name: string) => string | null): Promise<TrainableTransformer> => {
    const model = await TrainableTransformer.open(resolve(folder, path))
    opened.push(model)
    for (const stored of given?.names() ?? []) {
      const name = isNew(stored)
      if (name !== null)
        tf.tidy(() => model.parameters.add(name, tf.tensor(given!.read(stored), given!.describe(stored).shape)))
    }
    return model
  }
  try {
    const model = await open(recipe.model, (name) => (/^(heads|adapters|lora|mix)\./.test(name) ? name : null))
    model.adaptation = recipe.adaptation ?? null
    const teacher = recipe.teacher
      ? await open(recipe.teacher.model, (name) => (name.startsWith('teacher.') ? name.slice('teacher.'.length) : null))
      : null
    const objective = recipe.teacher?.objective
    const run: TrainingRun = {
      model,
      objectives: recipe.objectives,
      batches: recipe.batches.map(trainingBatch),
      teach:
        teacher && objective && 'hidden_state' in objective
          ? (batch) =>
              tf.tidy((): Tensor2D =>
                headScores(objective, 'heads.main', teacher.run(batch.tokens), batch, teacher.parameters)
              )
          : null,
      fisher: (name) => {
        if (!given?.has(`fisher.${name}`)) throw new UserError(`${initialFile} lacks 'fisher.${name}'.`)
        return tf.tensor(given.read(`fisher.${name}`), given.describe(`fisher.${name}`).shape)
      }
    }
    work(run)
  } finally {
    for (const model of opened) model.dispose()
    given?.close()
  }
}

function scoresOf(run: TrainingRun, objective: string, batch: number): ArrayLike<number> {
  const scores = objectiveScores(objective, contextOf(run, batch))
  const values = scores.dataSync<'float32'>()
  scores.dispose()
  return values
}
