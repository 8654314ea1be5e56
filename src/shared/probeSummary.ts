import type { ProbeSetUp } from './probeSetUp'

/** A kept run without its tables. */
export interface ProbeSummary {
  id: string
  /** Given by the user; empty without one. */
  name: string
  createdAt: string
  modelId: string
  modelName: string
  datasetId: string
  datasetName: string
  task: { id: string; title: string }
  setUp: ProbeSetUp
  /** The best layer and its accuracy; of a mix, the highest of the layers in it. */
  best: { layer: number; accuracy: number }
  seconds: number
  backend: string
}
