import * as v from 'valibot'
import { chosenColumn, columnChoice } from '../columnChoice'
import type { DatasetInfo, DatasetPreview, DatasetSummary, SentencePage, SentenceRow } from '../dataset'
import { count, jobId, limit, name, offset, path, seed } from '../fields'
import type { TensorData } from '../tensorData'
import { engine, nothing } from './call'

/** The columns of a preview are sent back with the roles as the user set them. */
const choice = v.optional(columnChoice(v.object(chosenColumn)))
const datasetPaths = v.pipe(v.array(path), v.minLength(1), v.maxLength(20))

/** Opening data sets and reading their sentences and labels. */
export const datasetCalls = {
  'dataset.list': engine<DatasetSummary[]>()(nothing),
  'dataset.preview': engine<DatasetPreview>()(v.strictObject({ paths: datasetPaths, choice })),
  'dataset.open': engine<DatasetInfo>()(
    v.strictObject({
      paths: datasetPaths,
      splitNames: v.optional(v.array(name)),
      name: v.optional(name),
      choice,
      /** For a single file: the share to train on, and the seed of the split. */
      trainFraction: v.optional(v.pipe(v.number(), v.minValue(0.05), v.maxValue(0.95))),
      seed: v.optional(seed),
      divideBy: v.optional(v.picklist(['document', 'sentence'])),
      sample: v.optional(v.strictObject({ words: count, seed })),
      jobId
    })
  ),
  'dataset.page': engine<SentencePage>()(
    v.strictObject({
      datasetId: name,
      split: name,
      query: v.pipe(v.string(), v.maxLength(1000)),
      filter: v.nullable(v.strictObject({ layer: name, value: v.pipe(v.string(), v.maxLength(500)) })),
      offset,
      limit,
      /** Only sentences with one of these words, counted through the split from 0. */
      words: v.optional(v.pipe(v.array(count), v.maxLength(1_000_000))),
      /** Word-level label layers to include; none by default. */
      layers: v.optional(v.array(name))
    })
  ),
  'dataset.sentence': engine<SentenceRow>()(v.strictObject({ datasetId: name, split: name, index: count })),
  /** Class of every word (or sentence) of a split; -1 where there is none. */
  'dataset.labels': engine<{ classes: string[]; ids: TensorData<Int32Array> }>()(
    v.strictObject({ datasetId: name, split: name, layer: name })
  ),
  /** Every word of a split with its sentence and position. */
  'dataset.words': engine<{ forms: string[]; sentence: TensorData<Int32Array>; position: TensorData<Int32Array> }>()(
    v.strictObject({ datasetId: name, split: name })
  )
} as const
