import type { AblatedTask, ProbePair } from '@shared/ablationEffects'
import type { JobHandle } from '@shared/jobs'
import type { ClusterCount } from '@shared/probe'
import { defaultMethod } from '@shared/probeMethods'
import { UserError } from '@shared/userError'
import { majorityBaseline } from '../probes/scores/baselines'
import { classify } from '../probes/scores/classify'
import type { TrainedProbe } from '../probes/methods/method'
import { probeMethods } from '../probes/methods/methods'
import { labelledItems, type ProbeItems } from '../probes/probeRunner'
import type { Task } from '../tasks/task'
import { effectsOf } from './effects'
import type { SentenceScores } from './evaluate'

/** The items of a task with the vectors of one state of the model. */
export interface TaskVectors {
  train: ProbeItems
  test: ProbeItems
  width: number
}

/** Right answers by cluster of one variant: `kept` and `retrained`, [clusters] each. */
interface RightAnswers {
  kept: Float64Array
  retrained: Float64Array
}

/**
 * Linear probes of one task at some layers: those of the unchanged model are kept and applied to a changed model,
 * next to new ones that are trained on it. What only the new one finds was moved, not removed (Elazar et al. 2021 use
 * the kept one; Ravfogel et al. 2020, section 6, the new one).
 */
export class RetrainedProbes {
  private readonly trainRows: Int32Array
  private readonly trainLabels: Int32Array
  private readonly testRows: Int32Array
  private readonly gold: Int32Array
  private readonly classIds: number[]
  private readonly clusterOf: Int32Array
  private readonly count: Float64Array
  private readonly clusters: ClusterCount
  private readonly majority: number
  private readonly probes: TrainedProbe[] = []
  private readonly plain: Float64Array[] = []
  private readonly variants: (RightAnswers | null)[][] = []

  /**
   * @param mayTrain by the sentence: those that an eraser was fitted to are left out
   * @throws UserError if there is nothing to learn or nothing to test on
   */
  constructor(
    readonly task: Task,
    private readonly layers: readonly number[],
    { train, test }: Pick<TaskVectors, 'train' | 'test'>,
    private readonly seed: number,
    mayTrain: (sentence: number) => boolean = () => true
  ) {
    this.trainRows = labelledItems(train).filter((row) => mayTrain(train.sentences[row]!))
    this.testRows = labelledItems(test)
    this.classIds = [...new Set(this.trainRows.map((row) => train.classes[row]!))].sort((a, b) => a - b)
    if (this.classIds.length < 2 || this.testRows.length === 0)
      throw new UserError(
        `'${task.title}' has too few labels in these parts to retrain a probe; take more words or another task.`
      )
    const local = new Map(this.classIds.map((id, i) => [id, i]))
    this.trainLabels = this.trainRows.map((row) => local.get(train.classes[row]!)!)
    this.gold = this.testRows.map((row) => local.get(test.classes[row]!) ?? -1)
    const of = test.clusters?.of ?? test.sentences
    const index = new Map<number, number>()
    this.clusterOf = this.testRows.map((row) => {
      const cluster = of[row]!
      if (!index.has(cluster)) index.set(cluster, index.size)
      return index.get(cluster)!
    })
    this.count = new Float64Array(index.size)
    for (const cluster of this.clusterOf) this.count[cluster]!++
    this.clusters = { by: test.clusters?.by ?? 'sentence', count: index.size }
    const ids = ({ classes }: ProbeItems, rows: Int32Array): Int32Array => rows.map((row) => classes[row]!)
    this.majority = majorityBaseline(ids(train, this.trainRows), ids(test, this.testRows), task.classes.length).accuracy
  }

  /** Trains the probes of the unchanged model. */
  async trainPlain(vectors: TaskVectors, job: JobHandle): Promise<void> {
    for (const [i, layer] of this.layers.entries()) {
      job.progress(i, this.layers.length, `${this.task.title}, layer ${layer}`)
      await job.yield()
      const probe = await this.fit(vectors, layer, job)
      this.probes.push(probe)
      this.plain.push(await this.rightByCluster(probe, vectors, layer, job))
    }
  }

  /** @param first lowest layer that the change can reach */
  async addVariant(vectors: TaskVectors, first: number, job: JobHandle): Promise<void> {
    const byLayer: (RightAnswers | null)[] = []
    for (const [i, layer] of this.layers.entries()) {
      job.progress(i, this.layers.length, `${this.task.title}, layer ${layer}`)
      await job.yield()
      if (layer < first) {
        byLayer.push(null)
        continue
      }
      const kept = await this.rightByCluster(this.probes[i]!, vectors, layer, job)
      const again = await this.fit(vectors, layer, job)
      try {
        byLayer.push({ kept, retrained: await this.rightByCluster(again, vectors, layer, job) })
      } finally {
        again.dispose()
      }
    }
    this.variants.push(byLayer)
  }

  /** The first variant is the set in question, the others are random ones. */
  result(): AblatedTask {
    const { id, title, unit } = this.task
    return {
      task: { id, title, unit },
      trainItems: this.trainRows.length,
      testItems: this.testRows.length,
      clusters: this.clusters,
      majority: this.majority,
      layers: this.layers.map((layer, i) => {
        const plain: SentenceScores = { sum: this.plain[i]!, count: this.count }
        const effects = (which: keyof RightAnswers) =>
          effectsOf(joined(this.variants.map((variant) => variant[i]?.[which] ?? plain.sum)), plain, this.seed)
        const kept = effects('kept')
        const retrained = effects('retrained')
        const [chosen, ...random] = kept.effects.map((effect, v): ProbePair => ({
          kept: effect,
          retrained: retrained.effects[v]!
        }))
        return { layer, plain: kept.plain, ...chosen!, random }
      })
    }
  }

  dispose(): void {
    for (const probe of this.probes) probe.dispose()
  }

  private async fit({ train, width }: TaskVectors, layer: number, job: JobHandle): Promise<TrainedProbe> {
    const data = {
      layers: [train.vectors(layer)],
      width,
      rows: this.trainRows,
      sentences: this.trainRows.map((row) => train.sentences[row]!)
    }
    const request = {
      data,
      labels: [this.trainLabels],
      classes: this.classIds.length,
      options: defaultMethod('linear'),
      seed: this.seed,
      restart: 0,
      job,
      onProgress: () => undefined
    }
    const [probe] = await probeMethods.linear.fit(request)
    return probe!
  }

  private async rightByCluster(
    probe: TrainedProbe,
    { test, width }: TaskVectors,
    layer: number,
    job: JobHandle
  ): Promise<Float64Array> {
    const [answers] = await classify([test.vectors(layer)], width, [probe], job, this.testRows)
    const right = new Float64Array(this.count.length)
    answers!.predicted.forEach((predicted, i) => {
      if (predicted === this.gold[i]) right[this.clusterOf[i]!]!++
    })
    return right
  }
}

function joined(parts: readonly Float64Array[]): Float64Array {
  const result = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    result.set(part, at)
    at += part.length
  }
  return result
}
