import * as v from 'valibot'
import { curveSettings } from './curveSettings'
import { draw } from './drawing'
import { background, count, fresh, jobId, layer, name, pool, seed } from './fields'
import { probeMethod } from './probeMethods'

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
  /** Also measure the online description length (Voita & Titov 2020). */
  codelength: v.optional(v.boolean(), false),
  /** Number of trainings from different random starts. */
  restarts: v.optional(v.pipe(count, v.minValue(1), v.maxValue(100)), 1),
  /** Runs of the whole experiment from `seed` on, each with its own control task; 1 by default. */
  seeds: v.optional(v.pipe(count, v.minValue(1), v.maxValue(20))),
  /** Values of the linear probe's C, of which the best on a tenth of the training sentences is taken. */
  tune: v.optional(
    v.pipe(v.array(v.pipe(v.number(), v.minValue(1e-6), v.maxValue(1e6))), v.minLength(2), v.maxLength(12))
  ),
  probe: v.optional(probeMethod, { kind: 'linear' }),
  seed,
  jobId,
  fresh,
  background
})

export type ProbeOptions = v.InferOutput<typeof probeOptions>

/** A curve is drawn for one setting of the probe: nothing is tuned, and nothing is claimed of a layer. */
const { tune: _tune, conditional: _conditional, ...curveEntries } = probeOptions.entries

/** A probe, and the axis along which it is trained again and again. */
export const curveOptions = v.strictObject({ ...curveEntries, curve: curveSettings })

export type CurveOptions = v.InferOutput<typeof curveOptions>
