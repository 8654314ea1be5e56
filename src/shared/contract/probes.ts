import * as v from 'valibot'
import type { CostEstimate } from '../activations'
import type { CurveEstimate } from '../curve'
import type { SuspectLabel } from '../dataCheck'
import { count, layer, limit, name, offset, sentenceRef } from '../fields'
import type { ProbeErrorRow } from '../probe'
import type { ProbeSummary } from '../probeSummary'
import { curveOptions, probeOptions } from '../probeRequests'
import type { RegressionItem, RegressionPoints } from '../regression'
import type { Answer } from '../results'
import type { FloatTensor, TensorData } from '../tensorData'
import { engine, nothing } from './call'

/** Probes, regressions, and the curves of probes trained again and again. */
export const probeCalls = {
  'probe.estimate': engine<{
    extract: CostEstimate
    solveSeconds: number
    seconds: number
    memoryBytes: number
    diskBytes: number
  }>()(probeOptions),
  /** A probe for classes or for trees; for a task whose labels are numbers a ridge regression. */
  'probe.run': engine<Answer<'probe'> | Answer<'regression'>>()(probeOptions),
  'probe.regressionPoints': engine<RegressionPoints>()(v.strictObject({ runId: name, layer })),
  'probe.regressionItems': engine<RegressionItem[]>()(
    v.strictObject({ runId: name, items: v.pipe(v.array(count), v.maxLength(100)) })
  ),
  'probe.list': engine<ProbeSummary[]>()(nothing),
  /** [classes, classes], rows gold, columns predicted. */
  'probe.confusion': engine<TensorData<Int32Array>>()(v.strictObject({ runId: name, layer })),
  'probe.errors': engine<{ total: number; rows: ProbeErrorRow[] }>()(
    v.strictObject({
      runId: name,
      layer,
      gold: v.nullable(v.string()),
      predicted: v.nullable(v.string()),
      offset,
      limit
    })
  ),
  /** Test items with a doubtful label: several layers confidently agree on a different answer. */
  'probe.suspects': engine<{ total: number; rows: SuspectLabel[] }>()(v.strictObject({ runId: name, offset, limit })),
  /**
   * Every layer's prediction for every word of one sentence: class ids [layers, words] and the probability given to
   * them.
   */
  'probe.predict': engine<{
    layers: number[]
    classes: string[]
    predicted: TensorData<Int32Array>
    probability: FloatTensor
  }>()(v.strictObject({ runId: name, sentence: sentenceRef })),
  'curve.estimate': engine<CurveEstimate>()(curveOptions),
  /** Trains the missing points of a curve and keeps them; an interrupted curve is resumed. */
  'curve.run': engine<Answer<'curve'>>()(curveOptions)
} as const
