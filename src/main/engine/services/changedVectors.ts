import { createHash } from 'node:crypto'
import type { ActivationRequest } from '@shared/activations'
import { drawnSplit, type PartLimit } from '@shared/drawing'
import type { Intervention } from '@shared/intervention'
import type { JobHandle } from '@shared/jobs'
import type { Pooling } from '@shared/model'
import { UserError } from '@shared/userError'
import type { TaskVectors } from '../ablations/retrainedProbes'
import { clustersOf } from '../datasets/clusters'
import type { DatasetStore } from '../datasets/datasetStore'
import type { Task } from '../tasks/task'
import { findTask } from '../tasks/tasks'
import { probeItems } from '../tasks/vectors'
import type { ActivationService, ModelChange } from './activationService'
import { partOfJob } from '../jobs/partOfJob'
import type { TaskTexts } from '../tasks/taskTexts'

/** Two parts of a data set, and how much of them. */
export interface ProbedParts {
  modelId: string
  datasetId: string
  trainSplit: string
  testSplit: string
  pool: Pooling
  maxTrainWords: number | null
  maxTestWords: number | null
  draw?: number
  seed: number
}

/** The items of tasks with vectors of the model as it is or with a change, by way of the disk. */
export class ChangedVectors {
  constructor(
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService,
    private readonly texts: TaskTexts
  ) {}

  /** @throws UserError for a task that the data set does not have, or whose labels are numbers */
  async ofTask(
    parts: ProbedParts,
    id: string,
    job: JobHandle,
    change?: ModelChange
  ): Promise<TaskVectors & { task: Task }> {
    const task = this.task(parts.datasetId, id)
    const limits = limitsOf(parts)
    const [train, test] = this.requests(parts, task) as [ActivationRequest, ActivationRequest]
    const items = async (request: ActivationRequest, { split }: PartLimit, part: JobHandle) =>
      probeItems(
        task.unit,
        task.items(split, parts.seed),
        this.datasets.words(parts.datasetId, split).sentence,
        await this.activations.ensure(request, part, change),
        'mean'
      )
    const dataset = this.datasets.get(parts.datasetId)
    const trained = await items(train, limits[0], partOfJob(job, 0, 0.5))
    // As the split counts them: an eraser and probes that draw differently agree on whose sentence is whose.
    const sentences = trained.sentences.map((sentence) => dataset.sentenceInSplit(limits[0].split, sentence))
    const tested = await items(test, limits[1], partOfJob(job, 0.5, 1))
    return {
      task,
      train: { ...trained, sentences },
      test: { ...tested, clusters: clustersOf(dataset, limits[1].split, tested.sentences) },
      width: trained.width
    }
  }

  /** Takes the vectors of a changed model from the disk. */
  forget(parts: ProbedParts, id: string, change: Pick<ModelChange, 'name'>): void {
    for (const request of this.requests(parts, this.task(parts.datasetId, id))) this.activations.forget(request, change)
  }

  private task(datasetId: string, id: string): Task {
    const task = findTask(this.datasets.get(datasetId), id)
    if (task.kind === 'number') throw new UserError(`'${task.title}' is a number; ablations need probes for classes.`)
    return task
  }

  private requests(parts: ProbedParts, task: Task): ActivationRequest[] {
    const { modelId, datasetId, pool, seed } = parts
    return limitsOf(parts).map(({ split, maxWords }) => ({
      modelId,
      datasetId,
      split: this.texts.splitOf(task, split, seed),
      pool,
      maxWords
    }))
  }
}

/** The training and the test part: a split, or what is drawn of it, and how many of its first words. */
function limitsOf({ trainSplit, testSplit, maxTrainWords, maxTestWords, draw }: ProbedParts): [PartLimit, PartLimit] {
  return [
    drawnSplit({ split: trainSplit, maxWords: maxTrainWords, draw }),
    drawnSplit({ split: testSplit, maxWords: maxTestWords, draw })
  ]
}

/** One name for equal interventions whose means and donors come from the same corpus. */
export function changeName(
  interventions: readonly Intervention[],
  corpus: { datasetId: string; split: string } | null
): string {
  return createHash('sha256')
    .update(JSON.stringify([interventions, corpus]))
    .digest('hex')
}
