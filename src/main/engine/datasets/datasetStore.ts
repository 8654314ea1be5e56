import { stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import type {
  ColumnChoice,
  DatasetInfo,
  DatasetPreview,
  DatasetSummary,
  OpenDatasetRequest,
  SentencePage,
  SentencePageRequest,
  SentenceRow
} from '@shared/dataset'
import { silentJob } from '@shared/jobs'
import type { JobHandle } from '@shared/jobs'
import { UserError } from '@shared/userError'
import { resourcePath } from '../paths'
import type { Dataset, LabelTable, WordTable } from './dataset'
import { expandPaths } from './expandPaths'
import { manifestBytes, readManifests } from './manifest'
import { openDataset } from './openDataset'
import type { OpenPlan } from './openDataset'
import { previewFiles } from './preview'
import { refuse } from './readers/refuse'
import { fileStem } from './splitNames'

const defaultDivision = { trainFraction: 0.8, seed: 1 }

/**
 * Every data set that is bundled or open, by id. All answers come from memory; only opening and previewing read files.
 */
export class DatasetStore {
  private readonly opened = new Map<string, Dataset>()
  /** Open data sets by request and state of the files, so that opening them again costs nothing. */
  private readonly openedAs = new Map<string, string>()
  private readonly requests = new Map<string, OpenDatasetRequest>()

  /**
   * @param bundledRoot the folder whose folders with a dataset.json are the bundled sets
   * @param pathOf the path of what is given by name
   */
  constructor(
    private readonly bundledRoot = resourcePath('datasets'),
    private readonly pathOf: (given: string) => string = (path) => path
  ) {}

  /** The bundled data sets, then the others that are open. */
  async list(): Promise<DatasetSummary[]> {
    const bundled = await this.builtin()
    const userOpened = [...this.opened.values()].filter(({ info }) => !info.builtin).map(({ info }) => summarise(info))
    return [...bundled, ...userOpened]
  }

  /** The bundled data sets, opened or not; only their manifests are read. */
  async builtin(): Promise<DatasetSummary[]> {
    const manifests = await readManifests(this.bundledRoot)
    return Promise.all(
      manifests.map(async (manifest) => ({
        id: basename(manifest.folder),
        name: manifest.name,
        description: manifest.description,
        licence: manifest.licence,
        source: manifest.source,
        paths: [manifest.folder],
        splits: manifest.splits.map(({ name }) => name),
        bytes: await manifestBytes(manifest),
        builtin: true,
        opened: this.opened.has(basename(manifest.folder))
      }))
    )
  }

  /** Shows how files would be read, without opening them. Folders and names of splits as in `open`. */
  async preview(
    paths: readonly string[],
    choice: ColumnChoice = {},
    splitNames?: readonly string[]
  ): Promise<DatasetPreview> {
    const { files, choice: written } = await expandPaths(paths.map(this.pathOf), splitNames)
    return previewFiles(files, { ...written, ...choice })
  }

  /**
   * Opens files as one data set, or returns the one that is open already when nothing in it has changed.
   * @throws UserError naming file, line and reason when a file is broken
   */
  async open(given: OpenDatasetRequest, job: JobHandle = silentJob()): Promise<DatasetInfo> {
    const request = { ...given, paths: given.paths.map(this.pathOf) }
    const plan = await makePlan(request, this.bundledRoot)
    const key = await stateOf(plan)
    const known = this.opened.get(this.openedAs.get(key) ?? '')
    if (known) return known.info
    const dataset = await openDataset(plan, job)
    this.opened.set(dataset.info.id, dataset)
    this.openedAs.set(key, dataset.info.id)
    // With what a dataset.json says: it may be changed, or be left behind, before the data is opened again.
    const choice = Object.keys(plan.choice).length > 0 ? { choice: plan.choice } : {}
    const paths = request.paths.map((path) => resolve(path))
    this.requests.set(dataset.info.id, { ...request, ...choice, paths })
    return dataset.info
  }

  /**
   * The request that opened a data set, paths absolute: it opens the same data set again as long as its files are the
   * same.
   */
  openedBy(id: string): OpenDatasetRequest {
    const request = this.requests.get(this.dataset(id).info.id)
    if (!request) throw new Error(`It is not known how ${id} was opened.`)
    return request
  }

  /** Forgets a data set and frees its memory. */
  close(id: string): void {
    this.opened.delete(id)
  }

  has(id: string): boolean {
    return this.opened.has(id)
  }

  info(id: string): DatasetInfo {
    return this.dataset(id).info
  }

  /** The data set itself, for callers with many queries. */
  get(id: string): Dataset {
    return this.dataset(id)
  }

  /** One sentence with all its labels. */
  sentence(id: string, split: string, index: number): SentenceRow {
    return this.dataset(id).sentence(split, index)
  }

  sentenceWords(id: string, split: string, index: number): readonly string[] {
    return this.dataset(id).sentence(split, index, []).words
  }

  page(request: SentencePageRequest): SentencePage {
    return this.dataset(request.datasetId).page(request)
  }

  /** Class of every word (or sentence) of a split; a class has the same id in every split. */
  labels(id: string, split: string, layer: string): LabelTable {
    return this.dataset(id).labels(split, layer)
  }

  /** Value of every word (or sentence) of a split, NaN where there is none; for layers whose kind is `number`. */
  numbers(id: string, split: string, layer: string): Float32Array {
    return this.dataset(id).numbers(split, layer)
  }

  words(id: string, split: string): WordTable {
    return this.dataset(id).words(split)
  }

  /** The words of every sentence of a split, and the key of their activations. */
  text(id: string, split: string): { sentences: readonly (readonly string[])[]; wordsHash: string } {
    return this.dataset(id).text(split)
  }

  /** Word type (the form in lower case) of every word of a split; a type has the same id in every split. */
  wordTypes(id: string, split: string): { types: string[]; ids: Int32Array } {
    return this.dataset(id).wordTypes(split)
  }

  /** Head of every word: 1-based within its sentence, 0 for the root, -1 for none; null without trees. */
  heads(id: string, split: string): Int32Array | null {
    return this.dataset(id).heads(split)
  }

  private dataset(id: string): Dataset {
    const dataset = this.opened.get(id)
    if (!dataset) throw new UserError('This data set is not open in the engine any more; open its files again.')
    return dataset
  }
}

function summarise(info: DatasetInfo): DatasetSummary {
  return {
    id: info.id,
    name: info.name,
    description: info.description ?? info.formatTitle,
    licence: info.licence ?? '',
    source: info.source ?? '',
    paths: [...new Set(info.splits.flatMap(({ path, shards }) => shards?.map((shard) => shard.path) ?? [path]))],
    splits: info.splits.map(({ name }) => name),
    bytes: info.bytes,
    builtin: false,
    opened: true
  }
}

/** A plan and the size and time of its files: equal as long as opening them again would give the same. */
async function stateOf({ manifest, ...plan }: OpenPlan): Promise<string> {
  const files = await Promise.all(
    plan.files.map(({ path }) =>
      stat(path).then(
        ({ size, mtimeMs }) => [size, mtimeMs],
        () => refuse({ file: basename(path) }, `there is no such file (${path}).`)
      )
    )
  )
  return JSON.stringify([plan, manifest, files])
}

async function makePlan(
  { paths, splitNames: given, name, choice, trainFraction, seed, divideBy, sample }: OpenDatasetRequest,
  bundledRoot: string
): Promise<OpenPlan> {
  if (given && new Set(given).size < given.length)
    throw new UserError(`Two splits cannot have the same name (${given.join(', ')}).`)
  const { files, manifest, choice: written } = await expandPaths(paths, given)
  const read = files.map(({ path }) => path)
  const twice = read.find((path, index) => read.indexOf(path) !== index)
  if (twice !== undefined && !given) refuse({ file: basename(twice) }, 'the file is given twice; open each file once.')
  return {
    name: name ?? manifest?.name ?? nameOf(read),
    files,
    choice: { ...written, ...choice },
    manifest,
    ...(sample && { sample }),
    bundledId: sample
      ? null
      : manifest && dirname(manifest.folder) === resolve(bundledRoot)
        ? basename(manifest.folder)
        : null,
    divide:
      given || manifest
        ? null
        : {
            trainFraction: trainFraction ?? defaultDivision.trainFraction,
            seed: seed ?? defaultDivision.seed,
            unit: divideBy
          }
  }
}

/** The file's name, or what the names of several begin with, or their folder's name. */
function nameOf(files: readonly string[]): string {
  const stems = files.map(fileStem)
  const [first = ''] = stems
  if (stems.length === 1) return first
  let length = 0
  while (length < first.length && stems.every((stem) => stem[length] === first[length])) length++
  const common = first.slice(0, length).replace(/[-_. ]+(ud)?[-_. ]*$/, '')
  return common.length >= 3 ? common : basename(dirname(files[0] ?? ''))
}
