import type { ExpertOptions } from '@shared/ablationRequests'
import type { ExpertLoad } from '@shared/expertLoad'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { expertLoad, loadShuffles } from '../ablations/expertLoad'
import type { DatasetStore } from '../datasets/datasetStore'
import { sentenceStarts } from '../datasets/sentenceStarts'
import { findTask } from '../tasks/tasks'
import type { AblationInputs } from './ablationInputs'
import type { ModelService } from './modelService'

/** Experts of mixtures over a corpus. */
export class ExpertService {
  constructor(
    private readonly models: ModelService,
    private readonly datasets: DatasetStore,
    private readonly inputs: AblationInputs
  ) {}

  /** @throws UserError for a model without experts, and a task that does not label words with classes */
  load(options: ExpertOptions, job: JobHandle): Promise<ExpertLoad> {
    return this.models.use(options.modelId, async (model) => {
      const { datasetId, split, seed } = options
      const task = findTask(this.datasets.get(datasetId), options.task)
      if (task.unit !== 'token' || task.kind !== 'class')
        throw new UserError(
          `'${task.title}' does not label words with classes; the load of experts is counted by such labels.`
        )
      const { windows, words } = await this.inputs.windows(model, options)
      const labels = task.items(split, seed).classes
      const starts = sentenceStarts(this.datasets.text(datasetId, split).sentences)
      const { words: ofClass, layers } = await expertLoad(
        model,
        windows,
        (sentence, word) => labels[starts[sentence]! + word]!,
        { classes: task.classes.length, seed },
        job
      )
      const there = ofClass.flatMap((count, c) => (count > 0 ? [c] : []))
      return {
        ...this.inputs.describe(options, { model, windows, words }),
        label: { id: task.id, title: task.title },
        classes: there.map((c) => ({ name: task.classes[c]!, words: ofClass[c]! })),
        shuffles: loadShuffles,
        layers: layers.map((layer) => ({
          ...layer,
          shares: there.map((c) => layer.shares[c]!),
          farthestByChance: there.map((c) => layer.farthestByChance[c]!)
        }))
      }
    })
  }
}
