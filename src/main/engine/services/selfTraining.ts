import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { epochLosses, type FinetuneEstimate, type SelfTraining, type SelfTrainingRound } from '@shared/finetune'
import type { FinetuneOptions } from '@shared/finetuneRequests'
import type { JobHandle } from '@shared/jobs'
import { atomicWrite } from '../files/atomicWrite'
import { partOfJob } from '../jobs/partOfJob'
import { unlabelled } from '../training/losses'
import { evaluate } from '../training/task/evaluation'
import type { FinetuneOutcome } from '../training/task/finetune'
import { taskObjective } from '../training/task/input'
import { SavedState } from '../training/task/savedState'
import { confidentLabels, relabelled } from '../training/task/selfTraining'
import type { FinetuneData } from './finetuneData'
import type { Adaptation } from './finetuneModel'

/** One training of a run. */
export interface Round {
  /** The data with what the round before added to the training part. */
  data: FinetuneData
  saved: SavedState
  job: JobHandle
  /**
   * Predicts the sentences without labels.
   * @returns how self-training went where no further round follows, otherwise null
   */
  ended(outcome: FinetuneOutcome, adaptation: Adaptation, job: JobHandle): Promise<SelfTraining | null>
}

interface RoundsFile {
  version: 1
  rounds: SelfTrainingRound[]
  /** What the last round answered, item by item. */
  labels: number[]
}

/**
 * Trains round after round, each from the base. Rounds that have ended are stored, so that an interrupted run goes on
 * in the round that it was in.
 * @param folder where the state of the run is
 * @param train a training; null where a further round follows
 */
export async function selfTrained<T>(
  { threshold, rounds: most }: NonNullable<FinetuneOptions['selfTraining']>,
  data: FinetuneData & { unlabelled: NonNullable<FinetuneData['unlabelled']> },
  folder: string,
  job: JobHandle,
  train: (round: Round) => Promise<T | null>
): Promise<T> {
  const path = join(folder, 'rounds.json')
  let { rounds, labels } = readRounds(path)
  for (;;) {
    const number = rounds.length
    const added = relabelled(data.unlabelled, labels)
    const saved = new SavedState(join(folder, `round-${number}`))
    const part = partOfJob(job, number / (most + 1), (number + 1) / (most + 1))
    const name = `round ${number + 1} of ${most + 1}`
    const result = await train({
      data: { ...data, train: [...data.train, ...added] },
      saved,
      job: { ...part, progress: (done, total, message) => part.progress(done, total, `${message ?? ''}, ${name}`) },
      async ended({ run, steps, epochs }, { input, unlabelled: items }, within) {
        const losses = epochLosses(steps, epochs)
        const ended: SelfTrainingRound = {
          round: number,
          added: labels.filter((label) => label !== unlabelled).length,
          sentences: new Set(added.map(({ sentence }) => sentence)).size,
          epochs: epochs.map((epoch, i) => ({ ...epoch, trainingLoss: losses[i]! }))
        }
        const { perToken, objective } = input
        const evaluation = await evaluate(run, taskObjective, items, perToken, objective.classes, within)
        const next = confidentLabels(evaluation, threshold)
        // Labels that stay as they are would train the same model again.
        const settled = next.every((label, item) => label === (labels[item] ?? unlabelled))
        rounds = [...rounds, ended]
        if (settled || number === most) return { unlabelled: next.length, rounds, settled }
        labels = next
        return null
      }
    })
    if (result !== null) return result
    mkdirSync(folder, { recursive: true })
    const file: RoundsFile = { version: 1, rounds, labels }
    atomicWrite(path, JSON.stringify(file))
    saved.forget()
  }
}

function readRounds(path: string): Pick<RoundsFile, 'rounds' | 'labels'> {
  if (!existsSync(path)) return { rounds: [], labels: [] }
  return JSON.parse(readFileSync(path, 'utf8')) as RoundsFile
}

/**
 * What self-training takes at most: every sentence is added after the first training.
 * @param costOf what a training takes
 */
export function selfTrainingCost(
  { rounds }: NonNullable<FinetuneOptions['selfTraining']>,
  data: FinetuneData & { unlabelled: NonNullable<FinetuneData['unlabelled']> },
  costOf: (data: FinetuneData) => FinetuneEstimate
): FinetuneEstimate {
  const { train, test, unlabelled: items } = data
  // They are predicted as the test part is.
  const predicting = { ...data, test: [...test, ...items] }
  const first = costOf(predicting)
  const further = costOf({ ...predicting, train: [...train, ...items] })
  return {
    ...first,
    seconds: first.seconds + rounds * further.seconds,
    memoryBytes: Math.max(first.memoryBytes, further.memoryBytes),
    steps: first.steps + rounds * further.steps,
    selfTraining: { rounds, sentences: new Set(items.map(({ sentence }) => sentence)).size }
  }
}
