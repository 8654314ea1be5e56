import * as tf from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import type { ProbedLayer, ProbedTask } from '@shared/finetuneProbes'
import type { JobHandle } from '@shared/jobs'
import type { Pooling } from '@shared/model'
import { defaultMethod } from '@shared/probeMethods'
import type { BatchRunner } from '../../activations/batchRunner'
import { chunksOf, chunkWords, extractChunk } from '../../activations/extract'
import { activeKernels } from '../../backends/activeKernels'
import type { LoadedModel } from '../../models/model'
import type { TokenBatch } from '../../models/transformer/batch'
import { runProbe, type ProbeItems, type ProbeRunOutcome } from '../../probes/probeRunner'
import { pairedTests, type Ahead } from '../../probes/scores/pairedTests'
import type { Task } from '../../tasks/task'
import type { WordVectors } from '../../tasks/vectors'

/** Words of one part of the data, and what a task's probe reads of them. */
export interface ProbedPart {
  sentences: readonly (readonly string[])[]
  items(vectors: WordVectors): ProbeItems & { width: number }
}

/** A task that is probed along a training. */
export interface ProbedSource {
  task: Task
  data: ProbedTask['data']
  similarity: number | null
  train: ProbedPart
  test: ProbedPart
}

/** A model whose layers are read between updates. */
export interface ReadableModel extends Pick<LoadedModel, 'shape' | 'needTokenizer'> {
  /** [rows, width] of all layers. Within `tf.tidy`. */
  hiddenStates(input: TokenBatch): Tensor2D[]
}

/** What was measured so far, and what later probes are compared with. */
export interface ProbesState {
  tasks: ProbedTask[]
  /** By task and layer, the answers before training: a digit an item, 1 where it was right. */
  before: string[][]
}

/** Of everything that probes draw; the same for every run, so that runs differ by their models alone. */
export const probeSeed = 0

/**
 * Linear probes of labels that a model is not trained on, at moments of its training: those of `layerscope probe`, on
 * the same words each time, and each compared with the probe of its layer before training by a paired test.
 */
export class ProbesAlong {
  private measured: ProbesState = { tasks: [], before: [] }

  constructor(
    private readonly sources: readonly ProbedSource[],
    private readonly model: ReadableModel,
    private readonly pooling: Pooling
  ) {}

  /** What was measured, task by task. */
  get tasks(): readonly ProbedTask[] {
    return this.measured.tasks
  }

  /** A copy, which later measurements leave as it is. */
  state(): ProbesState {
    return structuredClone(this.measured)
  }

  /** Goes on where an interrupted run was. */
  restore(state: ProbesState): void {
    this.measured = structuredClone(state)
  }

  /**
   * Trains and tests the probes of the model as it is now; the first time is what later ones are compared with.
   * @param step updates that were made
   * @param epoch that has ended; null within one
   */
  async measure(step: number, epoch: number | null, job: JobHandle): Promise<void> {
    const quiet = withoutProgress(job)
    const read = new Map<ProbedPart['sentences'], WordVectors>()
    const itemsOf = async ({ sentences, items }: ProbedPart): Promise<ProbeItems & { width: number }> => {
      const vectors = read.get(sentences) ?? (await this.wordVectors(sentences, quiet))
      read.set(sentences, vectors)
      return items(vectors)
    }
    for (const [t, { task, data, similarity, train, test }] of this.sources.entries()) {
      const [trained, tested] = [await itemsOf(train), await itemsOf(test)]
      const { summary, tensors } = await runProbe({
        layers: Array.from({ length: this.model.shape.layers + 1 }, (_, layer) => layer),
        width: trained.width,
        train: trained,
        test: tested,
        classes: task.classes,
        options: { probe: defaultMethod('linear'), control: false, seed: probeSeed },
        job: quiet
      })
      const known = (this.measured.tasks[t] ??= {
        task: { id: task.id, title: task.title, unit: task.unit },
        data,
        similarity,
        trainItems: summary.trainWords,
        testItems: summary.testWords,
        clusters: summary.clusters!,
        majority: summary.majority.accuracy,
        points: []
      })
      const answers = rightAnswers(tensors)
      const before = this.measured.before[t]
      this.measured.before[t] ??= answers
      const changes = before && (await changesFrom(before, answers, tested, quiet))
      const layers = summary.layers.map(({ layer, accuracy, accuracyInterval }, l): ProbedLayer => ({
        layer,
        accuracy,
        interval: accuracyInterval,
        change: changes?.[l] ?? null
      }))
      known.points.push({ step, epoch, layers })
    }
  }

  private async wordVectors(sentences: readonly (readonly string[])[], job: JobHandle): Promise<WordVectors> {
    const { layers, width } = this.model.shape
    const lengths = sentences.map(({ length }) => length)
    const words = lengths.reduce((sum, length) => sum + length, 0)
    const all = Array.from({ length: layers + 1 }, () => new Float32Array(words * width))
    const missing: number[] = []
    for (const chunk of chunksOf(lengths, chunkWords(layers, width))) {
      const vectors = await extractChunk(this.model, this.runner(), sentences, chunk, this.pooling, () => job.yield())
      vectors.layers.forEach((values, layer) => all[layer]!.set(values, chunk.row * width))
      missing.push(...vectors.missing.map((row) => chunk.row + row))
    }
    return { words, width, missing, layer: (layer) => all[layer]!.slice() }
  }

  private runner(): BatchRunner {
    return {
      parallel: 1,
      run: ({ input, spans }, targets) => {
        tf.tidy(() => {
          this.model.hiddenStates(input).forEach((hidden, layer) => {
            activeKernels().poolRows(hidden, spans, targets[layer]!)
          })
        })
        return Promise.resolve()
      },
      close: () => undefined
    }
  }
}

/** Progress of a training is counted in updates. */
function withoutProgress(job: JobHandle): JobHandle {
  return {
    id: job.id,
    get cancelled() {
      return job.cancelled
    },
    progress: () => undefined,
    yield: () => job.yield()
  }
}

/** By layer, a digit an item that has a label: 1 where the probe was right. */
function rightAnswers({ gold, predictions }: ProbeRunOutcome['tensors']): string[] {
  const [layers, items] = predictions.shape as [number, number]
  return Array.from({ length: layers }, (_, layer) => {
    let right = ''
    gold.data.forEach((id, item) => {
      if (id >= 0) right += id === predictions.data[layer * items + item] ? '1' : '0'
    })
    return right
  })
}

function changesFrom(
  before: readonly string[],
  after: readonly string[],
  { classes, clusters, sentences }: ProbeItems,
  job: JobHandle
): ReturnType<typeof pairedTests> {
  const of = clusters?.of ?? sentences
  const ahead = after.map((answers, layer): Ahead =>
    Int8Array.from(answers, (right, item) => Number(right) - Number(before[layer]![item]))
  )
  return pairedTests(
    of.filter((_, item) => classes[item]! >= 0),
    ahead,
    probeSeed,
    job
  )
}
