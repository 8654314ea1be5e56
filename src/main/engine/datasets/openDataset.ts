import { createHash } from 'node:crypto'
import { stat } from 'node:fs/promises'
import type { ColumnChoice, DatasetInfo, DatasetSplit, SampleRequest } from '@shared/dataset'
import type { JobHandle } from '@shared/jobs'
import { quoted } from '@shared/userError'
import { DatasetBuilder } from './builder'
import { Dataset } from './dataset'
import { buildLayer } from './layers'
import type { Layer, LayerSpec } from './layers'
import type { Manifest } from './manifest'
import { Notes } from './notes'
import { readFileHead } from './readers/fileFormat'
import { drawTrainSentences, sentenceKey, usualDivision, type DivisionUnit } from './partition'
import { count, refuse } from './readers/refuse'
import { drawSentences, readShards, sampleWarning } from './readShards'
import { buildSpanLayer } from './spans'
import type { SpanLayerSpec } from './spans'
import { pickSentences, sentenceCount } from './split'
import type { SplitData, Tables } from './split'
import { hashWords } from './wordsHash'
import { suggestSplits } from './splitNames'
import { describeTasks } from '../tasks/tasks'

/** What to open, with paths and names resolved. */
export interface OpenPlan {
  name: string
  files: { path: string; split: string }[]
  choice: ColumnChoice
  manifest: Manifest | null
  /** The id of a bundled data set; null makes one from the content. */
  bundledId: string | null
  /** How to divide a single file; null leaves it whole. */
  divide: { trainFraction: number; seed: number; unit?: DivisionUnit } | null
  /** How many words of each split are read, and the seed that draws them; all where it is left out. */
  sample?: SampleRequest
}

/** Files of one split are its shards, in their order. */
function bySplit(files: OpenPlan['files']): OpenPlan['files'][] {
  return [...new Set(files.map(({ split }) => split))].map((name) => files.filter(({ split }) => split === name))
}

const splitOrder = ['train', 'dev', 'test']

/**
 * Reads the files of a data set, checks and counts. Throws a UserError that names file, line and reason for a broken
 * one.
 */
export async function openDataset(plan: OpenPlan, job: JobHandle): Promise<Dataset> {
  const notes = new Notes()
  const builder = new DatasetBuilder(notes)
  const first = plan.files[0]
  if (!first) throw new Error('A data set needs a file.')
  const { reader, head } = await readFileHead(first.path, plan.choice)
  const readPlan = reader.plan(head, plan.choice)
  const sizes = await Promise.all(plan.files.map(async ({ path }) => (await stat(path)).size))
  const totalBytes = sizes.reduce((sum, size) => sum + size, 0)

  const finished: SplitData[] = []
  const sampled: string[] = []
  const reading = { reader, plan: readPlan, choice: plan.choice, head, headPath: first.path, job, totalBytes }
  let bytesBefore = 0
  for (const shards of bySplit(plan.files)) {
    const drawn = plan.sample ? await drawSentences(shards, reading, plan.sample, bytesBefore) : null
    const { splits: filled, files } = await readShards(
      shards,
      { ...reading, notes, builder, bytesBefore },
      (name) => drawn?.get(name)?.keep
    )
    bytesBefore += files.reduce((sum, { bytes }) => sum + bytes, 0)
    finished.push(...filled.map((split) => split.finish(files)))
    for (const [name, { sample }] of drawn ?? []) sampled.push(sampleWarning(name, sample, plan.sample!.seed))
  }
  await job.yield()
  refuseMissingForms(finished, builder.tables, head.file)

  const { splits, warnings } = divide(finished, plan)
  splits.sort((a, b) => rank(a.name) - rank(b.name))
  for (const split of splits) {
    split.wordsHash = await hashWords(split, builder.tables, job)
    if (split.heads?.every((head) => head === -1)) split.heads = undefined
  }
  const [only] = builder.tables.forms.strings
  if (builder.tables.forms.size === 1 && builder.words >= fewestWords)
    warnings.push(`Every word is ${quoted(only ?? '')}: the text seems to have been taken out.`)
  warnings.push(...repeatedSentences(splits))
  await job.yield()

  const specs = [...readPlan.layers(builder.tables), ...labelsFromIds(plan.manifest, splits, builder)]
  const layers: Layer[] = []
  for (const spec of specs) {
    const layer = buildLayer(spec, builder.tables, splits)
    if (layer.info.labelled > 0) layers.push(layer)
    await job.yield()
  }
  const spanSpecs = readPlan.spanLayers?.(builder.tables) ?? []
  const spanLayers = spanSpecs
    .map((spec) => buildSpanLayer(spec, builder.tables, splits))
    .filter((layer) => layer.info.labelled > 0)
  if (!reader.unlabelled && !spanLayers.some(({ info }) => info.probeable)) checkLayers(layers, head.file)
  const ordered = offerFirst(layers, plan.manifest?.offerFirst ?? [])
  const suggested = plan.manifest?.suggested ?? suggestSplits(splits.map(({ name }) => name))
  warnings.push(...unseenClasses(ordered, suggested))
  const read = [...layers, ...spanLayers]
  const info: DatasetInfo = {
    id: plan.bundledId ?? contentId(reader.id, splits, specs, { spans: spanSpecs, documents: readPlan.documents }),
    name: plan.name,
    description: plan.manifest?.description,
    format: reader.id,
    formatTitle: reader.title,
    builtin: plan.bundledId !== null,
    splits: splits.map(describeSplit),
    labelLayers: ordered.map((layer) => layer.info),
    spanLayers: spanLayers.map((layer) => layer.info),
    tasks: [],
    suggested,
    warnings: [...sampled, ...warnings, ...notes.sentences('warning'), ...read.flatMap((layer) => layer.warnings)],
    notes: [...notes.sentences('note'), ...read.flatMap((layer) => layer.notes)],
    licence: plan.manifest?.licence,
    source: plan.manifest?.source,
    citation: plan.manifest?.citation,
    bytes: totalBytes
  }
  const dataset = new Dataset(info, builder.tables, splits, ordered, spanLayers)
  info.tasks = await describeTasks(dataset, job)
  return dataset
}

/** With so few words, they may well be the same. */
const fewestWords = 10

/** Treebanks whose text is licensed separately have `_` for every word, which cannot be used. */
function refuseMissingForms(splits: readonly SplitData[], { forms }: Tables, file: string): void {
  const blank = forms.strings.indexOf('_')
  if (blank === -1) return
  let missing = 0
  let words = 0
  for (const split of splits) {
    words += split.forms.length
    for (const form of split.forms) if (form === blank) missing++
  }
  if (words < fewestWords || missing * 2 < words) return
  refuse(
    { file },
    `${missing === words ? 'every word' : `${count(missing, 'word')} of ${words.toLocaleString('en-US')}`} is ` +
      `"_": the text of this treebank is licensed separately. Merge it in, as the treebank's README says, and ` +
      'open the result.'
  )
}

/** Shares below this are the rare classes that every data set has. */
const unseenShare = 0.1
const mostUnseenWarnings = 3

/** Warns of labels whose classes do not occur in the training part: a probe gets all of those items wrong. */
function unseenClasses(layers: readonly Layer[], { train, test }: { train: string; test: string }): string[] {
  if (train === test) return []
  const warnings: string[] = []
  for (const { info } of layers) {
    const shown = info.countsBySplit[train]
    const tested = info.countsBySplit[test]
    if (!shown || !tested) continue
    const total = tested.reduce((sum, value) => sum + value, 0)
    const unseen = tested.flatMap((value, id) => (value > 0 && !shown[id] ? [id] : []))
    const items = unseen.reduce((sum, id) => sum + tested[id]!, 0)
    if (total === 0 || items < unseenShare * total) continue
    const examples = unseen.slice(0, 3).map((id) => quoted(info.classes[id] ?? ''))
    const more = unseen.length > 3 ? ', ...' : ''
    const which =
      items === total
        ? `all ${total.toLocaleString('en-US')}`
        : `${items.toLocaleString('en-US')} of ${total.toLocaleString('en-US')}`
    warnings.push(
      `${quoted(info.title)}: ${which} labels of ${test} are classes that do not occur in ${train} ` +
        `(${examples.join(', ')}${more}); a probe cannot get them right.`
    )
  }
  return warnings.length > mostUnseenWarnings
    ? [
        ...warnings.slice(0, mostUnseenWarnings),
        `The same holds for ${count(warnings.length - mostUnseenWarnings, 'further label set')}.`
      ]
    : warnings
}

function rank(name: string): number {
  const position = splitOrder.indexOf(name)
  return position === -1 ? splitOrder.length : position
}

function describeSplit({ name, path, starts, forms, bytes, fileHash, shards, wordsHash }: SplitData): DatasetSplit {
  return {
    name,
    path,
    sentences: starts.length - 1,
    words: forms.length,
    bytes,
    fileHash,
    ...(shards && { shards }),
    wordsHash
  }
}

/** Divides a single file into train and test, and says so. */
function divide(splits: SplitData[], plan: OpenPlan): { splits: SplitData[]; warnings: string[] } {
  const only = splits[0]
  if (!only || splits.length > 1 || !plan.divide) return { splits, warnings: [] }
  const { trainFraction, seed } = plan.divide
  const unit = plan.divide.unit ?? usualDivision(only)
  const { train, test } = drawTrainSentences(only, trainFraction, seed, unit)
  if (test.length === 0) {
    return {
      splits: [{ ...only, name: 'all' }],
      warnings: ['All sentences are identical, so none was set aside to test on.']
    }
  }
  const parts = [pickSentences(only, train, 'train'), pickSentences(only, test, 'test')]
  return {
    splits: parts,
    warnings: [
      `One file was given, so its ${unit}s were divided at random (seed ${seed}): ` +
        `${count(train.length, 'sentence')} to train on, ${count(test.length, 'sentence')} to test on. ` +
        `${unit === 'document' ? 'Sentences of one document' : 'Identical sentences'} stay together.`
    ]
  }
}

/** Warns of sentences used for both training and testing: words seen in training are easier to label. */
function repeatedSentences(splits: readonly SplitData[]): string[] {
  const warnings: string[] = []
  const seen = splits.map(
    (split) => new Set(Array.from({ length: sentenceCount(split) }, (_unused, index) => sentenceKey(split, index)))
  )
  splits.forEach((later, at) => {
    for (let before = 0; before < at; before++) {
      let repeated = 0
      for (let index = 0; index < sentenceCount(later); index++)
        if (seen[before]?.has(sentenceKey(later, index))) repeated++
      if (repeated === 0) continue
      const share = percent(repeated / sentenceCount(later))
      warnings.push(
        `${count(repeated, 'sentence')} of ${later.name} (${share}) ${repeated === 1 ? 'is' : 'are'} also in ` +
          `${splits[before]?.name ?? ''}, word for word.`
      )
    }
  })
  return warnings
}

function percent(share: number): string {
  return share < 0.001 ? 'under 0.1 %' : `${(100 * share).toFixed(1)} %`
}

function labelsFromIds(manifest: Manifest | null, splits: readonly SplitData[], builder: DatasetBuilder): LayerSpec[] {
  return (manifest?.labelsFromSentenceIds ?? []).map(({ id, title, pattern }) => {
    const expression = new RegExp(pattern, 'u')
    const table = builder.table(id)
    for (const split of splits) {
      split.sentenceColumns.set(
        id,
        Int32Array.from(split.ids, (sentenceId) => {
          const label = expression.exec(sentenceId)?.[1]
          return label === undefined ? -1 : table.add(label)
        })
      )
    }
    return {
      id,
      title,
      unit: 'sentence',
      description: 'As given by the sentence ids.',
      origin: { kind: 'column', column: id }
    }
  })
}

/** Refuses a data set none of whose labels can be learnt. */
function checkLayers(layers: readonly Layer[], file: string): void {
  const [first] = layers
  if (!first) refuse({ file }, 'no word and no sentence has a label; choose other columns.')
  if (layers.some(({ info }) => info.probeable)) return
  const { info } = first
  const value = info.kind === 'class' ? quoted(info.classes[0] ?? '') : String(info.range?.min ?? 0)
  refuse(
    { file },
    `every ${info.unit === 'token' ? 'word' : 'sentence'} with a label has the same one, ${value} ` +
      `(${quoted(info.title)}); a probe needs at least two classes.`
  )
}

function offerFirst(layers: readonly Layer[], ids: readonly string[]): Layer[] {
  const position = ({ info }: Layer): number => {
    const index = ids.indexOf(info.id)
    if (index !== -1) return index
    return info.probeable ? ids.length : ids.length + 1
  }
  return [...layers].sort((a, b) => position(a) - position(b))
}

/** An id made of what was read: format, splits, words, the names of the labels and how the user has them read. */
function contentId(
  format: string,
  splits: readonly SplitData[],
  specs: readonly LayerSpec[],
  { spans, documents }: { spans: readonly SpanLayerSpec[]; documents: string | undefined }
): string {
  const asked = spans.flatMap(({ id, as }) => (as === undefined ? [] : [[id, as]]))
  const content = [
    format,
    splits.map(({ name, fileHash, wordsHash }) => [name, fileHash, wordsHash]),
    specs.map(({ id, unit, origin }) => [
      id,
      unit,
      ...(origin.kind === 'column' && origin.as ? [origin.as] : []),
      ...(origin.kind === 'column' && origin.chosen ? [origin.chosen] : [])
    ]),
    ...(asked.length === 0 ? [] : [asked]),
    ...(documents === undefined ? [] : [{ documents }])
  ]
  return `data-${createHash('sha256').update(JSON.stringify(content)).digest('hex').slice(0, 16)}`
}
