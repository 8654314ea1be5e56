import type { ModelInfo, Pooling } from './model'
import type { ParetoPoint } from './pareto'
import type { ProbeMethodOptions } from './probeMethods'
import type { CurveSettings } from './curveSettings'
import type { CurveOptions } from './probeRequests'
import type { Provenance } from './provenance'
import type { SpanPooling, TaskUnit } from './task'

/** One trained probe and its score. */
export interface CurvePoint {
  layer: number
  /** Share of the training sentences, hidden units, rank, or number of the random start; 0 for languages. */
  at: number
  seed: number
  trainSplit: string
  testSplit: string
  trainItems: number
  testItems: number
  /** Share of right answers; of a structural probe its UUAS. */
  accuracy: number
  /** On the control task, where there is one. */
  control?: number
  /** Share of shuffled training labels that a probe of its kind learns by heart: of `pareto` alone. */
  complexity?: number
  converged: boolean
}

/** Baselines, which need no layer, at each place of the axis and for every seed and pair of parts. */
export interface CurveBaseline extends Pick<CurvePoint, 'at' | 'seed' | 'trainSplit' | 'testSplit' | 'trainItems'> {
  majority: number
  memoriser: number
}

/** A finished curve, as it is kept and shown. */
export interface CurveResult {
  id: string
  /** ISO 8601. */
  createdAt: string
  settings: CurveSettings
  model: { id: string; name: string; layers: number } & Pick<ModelInfo, 'twin'>
  dataset: { id: string; name: string; trainSplit: string; testSplit: string; hashes: Record<string, string> }
  task: { id: string; title: string; unit: TaskUnit }
  pool: Pooling
  classes: number
  layers: number[]
  measure: 'accuracy' | 'UUAS'
  points: CurvePoint[]
  baselines: CurveBaseline[]
  /** Of `pareto`: the same probes on a random vector for every word type; their layer is -1. */
  random?: CurvePoint[]
  options: {
    probe: ProbeMethodOptions
    control: boolean
    seed: number
    maxTrainWords: number | null
    maxTestWords: number | null
    /** Seed by which words were drawn; absent where the first were taken. */
    draw?: number
    span: SpanPooling
  }
  backend: string
  /** Of the last session, if the curve was interrupted. */
  seconds: number
  versions: Record<string, string>
  /** Missing in curves of earlier versions. */
  provenance?: Provenance<CurveRequest>
}

/** The points of one layer of a Pareto curve, or of the random vectors (layer -1), as `pareto.ts` reads them. */
export function paretoPoints(
  { points, random = [] }: Pick<CurveResult, 'points' | 'random'>,
  layer: number
): (CurvePoint & ParetoPoint)[] {
  return [...points, ...random].flatMap((point) =>
    point.layer === layer && point.complexity !== undefined ? [{ ...point, complexity: point.complexity }] : []
  )
}

/** The complete request of a curve; model and data set are identified by their files instead of their ids. */
export type CurveRequest = Omit<CurveOptions, 'modelId' | 'datasetId' | 'jobId' | 'fresh'>

/** What a curve will take. */
export interface CurveEstimate {
  seconds: number
  memoryBytes: number
  /** Probes to train, and how many of them an interrupted attempt has already trained. */
  probes: number
  done: number
  /** Whether all hidden states are on disk. */
  cached: boolean
}

/** Mean and extent of several values. */
export interface CurveStep {
  at: number
  /** Mean over the seeds. */
  trainItems: number
  values: number[]
  mean: number
  low: number
  high: number
}

/**
 * The points of one layer along the axis, the seeds at a place together, by accuracy, control accuracy or selectivity.
 */
export function curveSteps(
  { points }: Pick<CurveResult, 'points'>,
  layer: number,
  measure: 'accuracy' | 'control' | 'selectivity' = 'accuracy'
): CurveStep[] {
  const mine = points.filter(
    (point) => point.layer === layer && (measure === 'accuracy' || point.control !== undefined)
  )
  return [...new Set(mine.map(({ at }) => at))]
    .sort((a, b) => a - b)
    .map((at) => {
      const here = mine.filter((point) => point.at === at)
      const values = here.map((point) =>
        measure === 'accuracy'
          ? point.accuracy
          : measure === 'control'
            ? point.control!
            : point.accuracy - point.control!
      )
      const mean = (numbers: readonly number[]): number =>
        numbers.reduce((sum, value) => sum + value, 0) / numbers.length
      return {
        at,
        trainItems: mean(here.map(({ trainItems }) => trainItems)),
        values,
        mean: mean(values),
        low: Math.min(...values),
        high: Math.max(...values)
      }
    })
}
