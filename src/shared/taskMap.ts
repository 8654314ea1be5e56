import type { AblationCorpusInfo, Effect, MeasureInfo, Unit, UnitKind } from './ablation'

/** One part of the model that was switched off, alone. */
export interface MapUnit extends Unit {
  kind: UnitKind
}

/** What every part is worth to one task (or to the language-model loss). */
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
  /** Share of the scores that an earlier run had left. */
  found: number
  seconds: number
}
