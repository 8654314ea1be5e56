import type { AblationCorpusInfo, Effect, MeasureInfo, Unit, UnitKind } from './ablation'

/** One part of the model that was switched off by itself. */
export interface MapUnit extends Unit {
  kind: UnitKind
}

/** The effect of each part on one task (or on the language-model loss). */
export interface TaskMapColumn extends MeasureInfo {
  plain: number
  /** By unit. */
  effects: Effect[]
  /** By unit, of heads alone: the effect less the mean effect of the random directions of its block. */
  beyondRandom: (Effect | null)[]
  /** By block: the effects of as many dimensions of its heads along random directions, one for each draw. */
  random: Effect[][]
}

/** Every part of the model by every task, from one pass over the text for each part. */
export interface TaskMap extends AblationCorpusInfo {
  layers: number
  heads: number
  edit: string
  units: MapUnit[]
  columns: TaskMapColumn[]
  /** Share of the scores reused from an earlier run. */
  found: number
  seconds: number
}
