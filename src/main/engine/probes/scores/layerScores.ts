import type { ProbeLayerResult } from '@shared/probe'
import type { AnswerIntervals } from './intervals'
import { accuracy, macroF1, scoresByClass } from './metrics'

/** Scores of the answers to all test items, whatever gave them. */
export type LayerScores = Pick<
  ProbeLayerResult,
  | 'layer'
  | 'accuracy'
  | 'accuracyInterval'
  | 'macroF1'
  | 'macroF1Interval'
  | 'control'
  | 'selectivity'
  | 'selectivityInterval'
  | 'perClass'
>

/** @param controlRight whether the control task's probe was right, by item; null without a control task */
export function layerScores(
  layer: number,
  confusion: Int32Array,
  classes: readonly string[],
  intervals: AnswerIntervals,
  controlRight: Uint8Array | null
): LayerScores {
  const share = accuracy(confusion, classes.length)
  const scores: LayerScores = {
    layer,
    accuracy: share,
    accuracyInterval: intervals.accuracy,
    macroF1: macroF1(confusion, classes.length),
    macroF1Interval: intervals.macroF1,
    perClass: scoresByClass(confusion, classes)
  }
  if (!controlRight || !intervals.control || !intervals.selectivity) return scores
  const control = meanOfBits(controlRight)
  return {
    ...scores,
    control: { accuracy: control, interval: intervals.control },
    selectivity: share - control,
    selectivityInterval: intervals.selectivity
  }
}

/** The share of ones. */
export function meanOfBits(values: Uint8Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
