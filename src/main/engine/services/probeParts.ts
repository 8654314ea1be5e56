import type { ProbeOptions } from '@shared/contract'
import { drawnSplit } from '@shared/drawing'
import type { JobHandle } from '@shared/jobs'
import { learnsTrees, probeKinds } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import type { Activations } from '../activations/wordVectors'
import { clustersOf } from '../datasets/clusters'
import type { DatasetStore } from '../datasets/datasetStore'
import type { ProbeMethod } from '../probes/methods/method'
import type { ProbeItems } from '../probes/probeRunner'
import { spanAttention, spanKeyWidth } from '../probes/solvers/spanAttention'
import type { TreeItems } from '../probes/structural/structuralRunner'
import { treeSplit } from '../probes/structural/treeSplit'
import { itemNames } from '../tasks/itemNames'
import { attentionItems } from '../tasks/spanWords'
import type { Task } from '../tasks/task'
import { findTask } from '../tasks/tasks'
import type { TaskTexts } from '../tasks/taskTexts'
import { itemsWithin, probeItems } from '../tasks/vectors'
import type { ActivationService } from './activationService'

/** Which part of the data. */
export type Part = 'train' | 'test'

/** One part of the data and its vectors. */
export interface LoadedPart {
  /** The split, or the name of what was drawn of it. */
  split: string
  vectors: Activations
}

/** The parts of the data as probes read them. */
export class ProbeParts {
  constructor(
    private readonly datasets: DatasetStore,
    private readonly activations: ActivationService,
    private readonly texts: TaskTexts
  ) {}

  /**
   * Null for trees, which are not a task. @throws UserError for a task the data set does not have, and for a
   * quantity
   */
  classTask(options: Pick<ProbeOptions, 'datasetId' | 'task' | 'probe'>): Task | null {
    if (learnsTrees(options.probe)) return null
    const task = findTask(this.datasets.get(options.datasetId), options.task)
    if (task.kind === 'number')
      throw new UserError(`'${task.title}' is a number; a probe for classes cannot be trained on it, a regression can.`)
    return task
  }

  /** Vectors of a part, extracted where they are missing. */
  async load(options: ProbeOptions, part: Part, job: JobHandle): Promise<LoadedPart> {
    return {
      split: limitOf(options, part).split,
      vectors: await this.activations.ensure(this.request(options, part), job)
    }
  }

  /** What is extracted of a part. */
  request(options: ProbeOptions, part: Part) {
    const { split, maxWords } = limitOf(options, part)
    return {
      modelId: options.modelId,
      datasetId: options.datasetId,
      split: learnsTrees(options.probe)
        ? split
        : this.texts.splitOf(findTask(this.datasets.get(options.datasetId), options.task), split, options.seed),
      pool: options.pool,
      maxWords
    }
  }

  /**
   * Both parts as a probe reads them: vectors of items, or for the attention-pooled span probe their words. @throws
   * UserError where attention cannot be learned
   */
  classes(
    options: ProbeOptions,
    task: Task,
    train: LoadedPart,
    test: LoadedPart
  ): { train: ProbeItems; test: ProbeItems; width: number; method?: ProbeMethod } {
    if (options.span !== 'attention') {
      const [trainItems, testItems] = [this.items(options, task, train), this.items(options, task, test)]
      return { train: trainItems, test: this.clustered(options, test, testItems), width: trainItems.width }
    }
    const { kind } = options.probe
    if (!isSpanTask(task))
      throw new UserError(
        `'${task.title}' labels ${itemNames[task.unit]}; attention pools the words of spans and of pairs of them. ` +
          'Leave it out, or choose a task of spans or pairs.'
      )
    if (kind !== 'mlp' && kind !== 'mix')
      throw new UserError(
        'Attention over the words of a span is learned with the probe; choose the probe ' +
          `${probeKinds.mlp.title} or ${probeKinds.mix.title}, not ${probeKinds[kind].title}.`
      )
    const read = ({ split, vectors }: LoadedPart, part: 0 | 1) =>
      attentionItems(
        task.unit,
        task.items(split, options.seed),
        this.datasets.words(options.datasetId, split).sentence,
        vectors,
        part
      )
    const [trainPart, testPart] = [read(train, 0), read(test, 1)]
    return {
      train: trainPart.items,
      test: this.clustered(options, test, testPart.items),
      width: spanKeyWidth,
      method: spanAttention([trainPart.words, testPart.words], kind)
    }
  }

  private clustered({ datasetId }: ProbeOptions, { split }: LoadedPart, items: ProbeItems): ProbeItems {
    return { ...items, clusters: clustersOf(this.datasets.get(datasetId), split, items.sentences) }
  }

  /** A part as a probe of items reads it. */
  items(options: ProbeOptions, task: Task, { split, vectors }: LoadedPart): ReturnType<typeof probeItems> {
    return probeItems(
      task.unit,
      task.items(split, options.seed),
      this.datasets.words(options.datasetId, split).sentence,
      vectors,
      options.span ?? 'mean'
    )
  }

  /** A part as a structural probe reads it. */
  trees(options: ProbeOptions, { split, vectors }: LoadedPart): TreeItems {
    return treeSplit(this.datasets, options.datasetId, split, vectors)
  }

  /** Items of a part with that many words. */
  countItems(task: Task | null, options: ProbeOptions, part: Part, words: number): number {
    return task === null || task.unit === 'token'
      ? words
      : itemsWithin(task.items(limitOf(options, part).split, options.seed), words)
  }
}

/** The split a part is read from, or what is drawn of it, and how many of its first words. */
function limitOf({ trainSplit, testSplit, maxTrainWords, maxTestWords, draw }: ProbeOptions, part: Part) {
  return drawnSplit(
    part === 'train'
      ? { split: trainSplit, maxWords: maxTrainWords, draw }
      : { split: testSplit, maxWords: maxTestWords, draw }
  )
}

/** Whether items of a task are spans of words, which can be pooled in several ways. */
export function isSpanTask({ unit }: Task): boolean {
  return unit === 'span' || unit === 'pair'
}
