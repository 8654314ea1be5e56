import { significance } from './pairedTest'
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
  /**
   * By unit, the p-value of that difference (of other parts than heads, of the effect), corrected for all units of all
   * columns by max-T; absent in results of earlier versions.
   */
  corrected?: number[]
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

/** Whether an effect differs from chance after correction: for heads, from that of random directions of their block. */
export function isClear({ effects, beyondRandom, corrected }: TaskMapColumn, unit: number): boolean {
  if (corrected) return corrected[unit]! < significance
  const { interval } = beyondRandom[unit] ?? effects[unit]!
  return interval !== null && (interval[0] > 0 || interval[1] < 0)
}

/** What a mark of `isClear` says. */
export function clearText({ units, columns }: TaskMap): string {
  return columns[0]?.corrected
    ? `p < 0.05 after correction for all ${(units.length * columns.length).toLocaleString('en')} comparisons (max-T)`
    : 'the 95 % interval leaves out 0, not corrected for the number of comparisons'
}
