import type { Intervention } from '@shared/intervention'

/** What every measure of the board is asked with. */
export interface EffectRequest {
  modelId: string
  datasetId: string
  interventions: Intervention[]
  randomSets: number
  seed: number
}
