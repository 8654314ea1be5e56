import type { CallInput } from '@shared/contract'
import type { ModelInfo } from '@shared/model'
import type { DatasetInfo } from '@shared/dataset'
import { defineStore } from 'pinia'
import type { SentenceRef } from '@shared/sentence'
import { ref, shallowRef } from 'vue'
import { client } from '@/client'
import { useLayoutStore } from '@/stores/layoutStore'
import { useNoticeStore } from '@/stores/noticeStore'
import { useSelectionStore } from '@/stores/selectionStore'
import { useSessionStore } from '@/stores/sessionStore'
import { AskedOrder } from '@/stores/askedOrder'
import { chooseFirstSentence, chooseFirstWord } from '@/stores/firstSentence'

export interface RecentModel {
  path: string
  name: string
  /** Seed, where it is the untrained twin of the checkpoint at `path`. */
  untrained?: number | null | undefined
}

/** What `model.open` is asked for: tells one model from another, and from its untrained twin. */
export type ModelRequest = Pick<RecentModel, 'path' | 'untrained'>
export type DatasetRequest = CallInput<'dataset.open'>

export interface RecentDataset {
  request: DatasetRequest
  name: string
}

const recentLimit = 8
/** How many sentences the first one is chosen from. */
const candidates = 200
/**
 * In bundled data a sentence picked by hand: a relative clause, a name in several pieces, a verb that is also an
 * auxiliary.
 */
const knownFirst: Record<string, string | undefined> = { 'ud_english-ewt': 'answers-20111106103415AAqdokn_ans-0009' }

/** Opening models and data, whoever asks: start-up, pickers, dialogs, drops, the menu. */
export const useOpening = defineStore('opening', () => {
  const session = useSessionStore()
  const selection = useSelectionStore()
  const notices = useNoticeStore()
  const layout = useLayoutStore()

  const openingModel = ref<string | null>(null)
  const openingDataset = ref<string | null>(null)
  const recentModels = shallowRef<RecentModel[]>([])
  const recentDatasets = shallowRef<RecentDataset[]>([])
  /** What was asked of `dataset.open`, so that it can be asked again after the engine restarted. */
  const datasetRequest = shallowRef<DatasetRequest | null>(null)

  /** Chosen before the restart; taken up as soon as the data it belongs to is open. */
  const restoring = shallowRef<{ sentence: SentenceRef; word: number | null } | null>(null)

  /** What was asked for before the newest that was shown does not take its place, however long it took. */
  const modelOrder = new AskedOrder()
  const datasetOrder = new AskedOrder()

  /**
   * `fresh` puts layer and head where a first look is worth most: the middle layer, the first head. `atStart` marks
   * what the window opens by itself: a person who was quicker than the start keeps what they asked for. `base` is the
   * folder of the model that an adapter opens on, where it is not found without.
   * @returns false where the model could not be opened; true also where the person chose another one meanwhile
   */
  async function openModel(
    path: string,
    {
      fresh = false,
      untrained = null,
      atStart = false,
      base
    }: { fresh?: boolean; untrained?: number | null; atStart?: boolean; base?: string } = {}
  ): Promise<boolean> {
    const name = snapshotIn(path)?.repo ?? baseName(path)
    const mine = modelOrder.ask(atStart)
    if (modelOrder.isNewest(mine)) openingModel.value = name
    try {
      const model = await client.call('model.open', {
        path,
        untrained,
        ...(base !== undefined && { base }),
        jobId: crypto.randomUUID()
      })
      if (!modelOrder.show(mine)) return true
      if (fresh) {
        selection.layer = Math.ceil(model.layers / 2)
        selection.head = 0
      }
      adoptModel(model)
      return true
    } catch (error) {
      notices.fail(`'${name}' could not be opened as a model`, error)
      return modelOrder.isPast(mine)
    } finally {
      if (modelOrder.isNewest(mine)) openingModel.value = null
    }
  }

  function adoptModel(model: ModelInfo): void {
    session.model = model
    selection.layer = Math.min(selection.layer, model.layers)
    // Word vectors have no head; the one that was chosen is there again with the next transformer.
    if (selection.head !== null && model.heads > 0) selection.head = Math.min(selection.head, model.heads - 1)
    if (!model.bundled) {
      const entry: RecentModel = {
        path: model.path,
        name: model.name,
        ...(model.untrained === null ? {} : { untrained: model.untrained })
      }
      recentModels.value = [
        entry,
        ...recentModels.value.filter((recent) => modelKey(recent) !== modelKey(entry))
      ].slice(0, recentLimit)
    }
  }

  /** `atStart` and what is returned: as for a model. */
  async function openDataset(
    request: DatasetRequest,
    { atStart = false }: { atStart?: boolean } = {}
  ): Promise<boolean> {
    const name = request.name ?? baseName(request.paths[0] ?? '')
    const mine = datasetOrder.ask(atStart)
    if (datasetOrder.isNewest(mine)) openingDataset.value = name
    try {
      const dataset = await client.call('dataset.open', { ...request, jobId: crypto.randomUUID() })
      if (!datasetOrder.show(mine)) return true
      datasetRequest.value = request
      await adoptDataset(dataset, request)
      return true
    } catch (error) {
      notices.fail(`${name} could not be opened as data`, error)
      return datasetOrder.isPast(mine)
    } finally {
      if (datasetOrder.isNewest(mine)) openingDataset.value = null
    }
  }

  async function adoptDataset(dataset: DatasetInfo, request: DatasetRequest): Promise<void> {
    session.dataset = dataset
    if (!dataset.splits.some((split) => split.name === session.split)) session.split = dataset.suggested.test
    if (![...dataset.labelLayers, ...dataset.tasks].some(({ id }) => id === selection.task)) {
      selection.task =
        (dataset.labelLayers.find((layer) => layer.probeable) ?? dataset.tasks[0] ?? dataset.labelLayers[0])?.id ?? ''
      selection.label = null
    }
    if (!dataset.builtin) {
      const key = datasetKey(request)
      const entry = { request, name: dataset.name }
      recentDatasets.value = [
        entry,
        ...recentDatasets.value.filter((recent) => datasetKey(recent.request) !== key)
      ].slice(0, recentLimit)
    }
    const wanted = restoring.value
    restoring.value = null
    // Who was quicker than the start, and typed a sentence meanwhile, keeps it.
    if (selection.sentence === null && wanted?.sentence.kind === 'dataset' && holds(dataset, wanted.sentence)) {
      selection.selectSentence(wanted.sentence, wanted.word)
      return
    }
    const sentence = selection.sentence
    if (sentence === null || (sentence.kind === 'dataset' && !holds(dataset, sentence))) await selectFirst(dataset)
  }

  async function selectFirst(dataset: DatasetInfo): Promise<void> {
    const known = knownFirst[dataset.id]
    const layers = dataset.labelLayers.some((layer) => layer.id === selection.task && layer.unit === 'token')
      ? [selection.task]
      : []
    const ask = (query: string) =>
      client.call('dataset.page', {
        datasetId: dataset.id,
        split: session.split,
        query,
        filter: null,
        offset: 0,
        limit: candidates,
        layers
      })
    const named = known ? (await ask(`id:${known}`)).rows : []
    const row = chooseFirstSentence(named.length > 0 ? named : (await ask('')).rows, selection.task)
    if (row)
      selection.selectSentence(
        { kind: 'dataset', datasetId: dataset.id, split: row.split, index: row.index },
        chooseFirstWord(row)
      )
  }

  /** Opens what was named from outside: model folders at once, data through the preview. */
  async function openPaths(paths: readonly string[]): Promise<void> {
    const kinds = await Promise.all(paths.map(async (path) => ({ path, kind: await kindOf(path) })))
    const model = kinds.find((entry) => entry.kind === 'model')
    const data = kinds.filter((entry) => entry.kind === 'dataset').map((entry) => entry.path)
    if (data.length > 0) layout.preview(data)
    if (model) await openModel(model.path)
  }

  return {
    openingModel,
    openingDataset,
    recentModels,
    recentDatasets,
    datasetRequest,
    restoring,
    openModel,
    adoptModel,
    openDataset,
    openPaths
  }
})

function holds(dataset: DatasetInfo, sentence: { datasetId: string; split: string; index: number }): boolean {
  const split = dataset.splits.find((candidate) => candidate.name === sentence.split)
  return sentence.datasetId === dataset.id && split !== undefined && sentence.index < split.sentences
}

/** Tells one model from another, and from its untrained twins. */
export function modelKey({ path, untrained }: ModelRequest): string {
  return typeof untrained === 'number' ? `${path}\nuntrained ${untrained}` : path
}

/** Tells one set of files from another. */
export function datasetKey(request: { paths: readonly string[] }): string {
  return request.paths.join('\n')
}

export function baseName(path: string): string {
  return (
    path
      .replace(/[\\/]+$/, '')
      .split(/[\\/]/)
      .at(-1) ?? path
  )
}

/**
 * The model behind a folder of the cache that Hugging Face's tools share: `models--org--name/snapshots/COMMIT`; null
 * for other folders.
 */
export function snapshotIn(path: string): { repo: string; commit: string } | null {
  const found = /[\\/]models--([^\\/]+)[\\/]snapshots[\\/]([0-9a-f]{40})[\\/]?$/.exec(path)
  return found ? { repo: found[1]!.split('--').join('/'), commit: found[2]! } : null
}

export function folderOf(path: string): string {
  const trimmed = path.replace(/[\\/]+$/, '')
  const cut = Math.max(trimmed.lastIndexOf('/'), trimmed.lastIndexOf('\\'))
  return cut <= 0 ? trimmed.slice(0, cut + 1) || '/' : trimmed.slice(0, cut)
}

/** Model or data, by what the host makes of the entry; by its ending where the folder cannot be listed. */
async function kindOf(path: string): Promise<'model' | 'dataset'> {
  const trimmed = path.replace(/[\\/]+$/, '')
  try {
    const listing = await client.call('files.list', { folder: folderOf(trimmed) })
    const entry = listing.entries.find((candidate) => candidate.path === trimmed)
    if (entry?.opensAs) return entry.opensAs
    if (entry?.kind === 'folder') return 'dataset'
  } catch {
    // A folder that may not be read can still hold a file that may be opened.
  }
  return /\.(safetensors|bin)$/i.test(trimmed) ? 'model' : 'dataset'
}
