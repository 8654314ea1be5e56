import * as v from 'valibot'
import { codelengthChoice } from './codelength'
import { curveSettings } from './curveSettings'
import { draw } from './drawing'
import { background, count, fresh, jobId, layer, name, pool, seed } from './fields'
import { probeMethod } from './probeMethods'
import { tuneRequest } from './tuning'

export const probeOptions = v.strictObject({
  modelId: name,
  datasetId: name,
  /** Id of a task of the data set, for example 'upos' or 'arc.label'; see `DatasetInfo.tasks`. */
  task: name,
  /** How spans of several words become a vector, in tasks whose unit is `span`; the mean by default. */
  span: v.optional(v.picklist(['mean', 'ends', 'attention'])),
  trainSplit: name,
  testSplit: name,
  pool,
  /** Null for every layer. */
  layers: v.nullable(v.array(layer)),
  maxTrainWords: v.nullable(count),
  maxTestWords: v.nullable(count),
  draw,
  control: v.boolean(),
  /** Also train what conditional probing needs (Hewitt et al. 2021), by which signal is claimed. */
  conditional: v.optional(v.boolean()),
  /** Also measure a description length. */
  codelength: v.optional(codelengthChoice, false),
  /** Number of trainings from different random starts. */
  restarts: v.optional(v.pipe(count, v.minValue(1), v.maxValue(100)), 1),
  /** Runs of the whole experiment from `seed` on, each with its own control task; 1 by default. */
  seeds: v.optional(v.pipe(count, v.minValue(1), v.maxValue(20))),
  /** What options of the probe are chosen from, on a tenth of the training sentences or, with folds, inside each. */
  tune: v.optional(tuneRequest),
  /** Cross-validation in so many folds of the training part, which is then the test part as well. */
  folds: v.optional(v.pipe(count, v.minValue(2), v.maxValue(20))),
  /** Folds of each training part that settings are chosen on; 5 by default. */
  innerFolds: v.optional(v.pipe(count, v.minValue(2), v.maxValue(20))),
  probe: v.optional(probeMethod, { kind: 'linear' }),
  seed,
  jobId,
  fresh,
  background
})

export type ProbeOptions = v.InferOutput<typeof probeOptions>

/** A curve has one setting of the probe and a test part: nothing is tuned, and nothing is claimed of a layer. */
const {
  tune: _tune,
  conditional: _conditional,
  folds: _folds,
  innerFolds: _innerFolds,
  ...curveEntries
} = probeOptions.entries

/** A probe, and the axis along which it is trained again and again. */
export const curveOptions = v.strictObject({ ...curveEntries, curve: curveSettings })

export type CurveOptions = v.InferOutput<typeof curveOptions>
