import type {
  DatasetInfo,
  LabelLayer,
  SentenceMatch,
  SentencePage,
  SentencePageRequest,
  SentenceRow
} from '@shared/dataset'
import type { DrawnPart, PartLimit } from '@shared/drawing'
import { RecentCache } from '@shared/recentCache'
import { quoted, UserError } from '@shared/userError'
import { documentColumn, documentsOf } from './documents'
import { DrawnParts } from './drawnParts'
import { fold } from './search/fold'
import type { Layer } from './layers'
import { compileSearch } from './search/search'
import type { Search } from './search/search'
import type { SpanItems, SpanLayerData } from './spans'
import type { SpanColumn } from './spanColumn'
import { sentenceBounds, sentenceCount } from './split'
import type { SplitData, Tables } from './split'

/** Number of searches remembered: enough to page back and forth in a few lists. */
const rememberedSearches = 8

/** Words of a split, one after another. Arrays have one entry a word, `starts` one a sentence and one more. */
export interface WordTable {
  forms: string[]
  /** Sentence of each word. */
  sentence: Int32Array
  /** Position of each word in its sentence, from 0. */
  position: Int32Array
  /** First word of each sentence; the last entry is the number of words. */
  starts: Int32Array
}

/** Labels of a split: one entry a word or a sentence, as the layer's unit says. */
export interface LabelTable {
  unit: LabelLayer['unit']
  classes: string[]
  /** Positions in `classes`, -1 where there is no label. */
  ids: Int32Array
}

/** A data set in memory and the questions it answers. */
export class Dataset {
  readonly layers: ReadonlyMap<string, Layer>
  private readonly spanLayers: ReadonlyMap<string, SpanLayerData>
  private readonly splits: ReadonlyMap<string, SplitData>
  // Weak: a drawn part that is dropped frees its texts as well.
  private readonly folded = new WeakMap<SplitData, string[]>()
  private readonly sentenceLists = new WeakMap<SplitData, string[][]>()
  private readonly searches = new RecentCache<{
    search: Search
    found: { split: SplitData; sentences: Int32Array }[]
  }>(rememberedSearches)
  private readonly drawnParts: DrawnParts
  private lowerForms: { ofForm: Int32Array; types: string[] } | undefined

  constructor(
    readonly info: DatasetInfo,
    private readonly tables: Tables,
    splits: readonly SplitData[],
    layers: readonly Layer[],
    spanLayers: readonly SpanLayerData[] = []
  ) {
    this.splits = new Map(splits.map((split) => [split.name, split]))
    this.drawnParts = new DrawnParts(tables, (name) => this.split(name))
    this.layers = new Map(layers.map((layer) => [layer.info.id, layer]))
    this.spanLayers = new Map(spanLayers.map((layer) => [layer.info.id, layer]))
  }

  words(splitName: string): WordTable {
    const split = this.split(splitName)
    const sentence = new Int32Array(split.forms.length)
    const position = new Int32Array(split.forms.length)
    for (let index = 0; index < sentenceCount(split); index++) {
      const [start, end] = sentenceBounds(split, index)
      for (let word = start; word < end; word++) {
        sentence[word] = index
        position[word] = word - start
      }
    }
    return {
      forms: Array.from(split.forms, (form) => this.tables.forms.at(form)),
      sentence,
      position,
      starts: split.starts.slice()
    }
  }

  /**
   * The words of every sentence, and the hash that names their activations. Computed once: it is requested often.
   */
  text(splitName: string): { sentences: readonly (readonly string[])[]; wordsHash: string } {
    const split = this.split(splitName)
    let sentences = this.sentenceLists.get(split)
    if (!sentences) {
      sentences = Array.from({ length: sentenceCount(split) }, (_unused, index) => this.wordsOf(split, index))
      this.sentenceLists.set(split, sentences)
    }
    return { sentences, wordsHash: split.wordsHash }
  }

  /** The word type of every word, which is its form in lower case; a type has the same id in every split. */
  wordTypes(splitName: string): { types: string[]; ids: Int32Array } {
    const split = this.split(splitName)
    this.lowerForms ??= this.makeLowerForms()
    const { ofForm, types } = this.lowerForms
    return { types, ids: split.forms.map((form) => ofForm[form] ?? -1) }
  }

  labels(splitName: string, layerId: string): LabelTable {
    const { info, classIds } = this.layer(layerId)
    if (info.kind !== 'class') throw new UserError(`${info.title} is a number, not a class.`)
    return { unit: info.unit, classes: info.classes, ids: classIds(this.split(splitName)) }
  }

  /** The values of a layer whose kind is `number`, NaN where there is none. */
  numbers(splitName: string, layerId: string): Float32Array {
    const { info, numbers } = this.layer(layerId)
    if (!numbers) throw new UserError(`${info.title} is a class, not a number.`)
    return numbers(this.split(splitName))
  }

  /** The spans, or pairs of spans, of a layer, in reading order. */
  spans(splitName: string, layerId: string): SpanItems {
    const layer = this.spanLayers.get(layerId)
    if (!layer) throw new Error(`No layer of spans is called ${layerId}.`)
    return layer.items(this.split(splitName))
  }

  /**
   * Spans as a reader stored them in a column, with ids of the column's strings; null without such a column. For
   * tasks that derive their own labels from them.
   */
  spanColumn(splitName: string, column: string): SpanColumn | null {
    return this.split(splitName).spans.get(column) ?? null
  }

  /**
   * Document of every sentence, the same number for the same one in every split, and -1 for none; null where the data
   * names none.
   */
  documents(splitName: string): { names: (document: number) => string; ids: Int32Array } | null {
    const ids = documentsOf(this.split(splitName))
    const table = this.tables.columns.get(documentColumn)
    return ids && table ? { names: (document) => table.at(document), ids } : null
  }

  /** What a request draws of a split; null where it takes all words, or the first ones. */
  drawn(limit: PartLimit): DrawnPart | null {
    return this.drawnParts.describe(limit)
  }

  /** Place in its split of a sentence of a drawn part; of a split's own sentence, the same place. */
  sentenceInSplit(name: string, sentence: number): number {
    return this.drawnParts.sentenceInSplit(name, sentence)
  }

  /** Head of every word within its sentence: 1-based, 0 for the root, -1 for none; null without trees. */
  heads(splitName: string): Int32Array | null {
    return this.split(splitName).heads?.slice() ?? null
  }

  /** One sentence with the labels of the given layers, or of all. */
  sentence(splitName: string, index: number, layerIds?: readonly string[]): SentenceRow {
    const split = this.split(splitName)
    if (!Number.isInteger(index) || index < 0 || index >= sentenceCount(split)) {
      throw new UserError(
        `${this.info.name}, ${split.name}: there is no sentence ${index + 1}; the split has ` +
          `${sentenceCount(split).toLocaleString('en-US')}.`
      )
    }
    return this.row(split, index, layerIds)
  }

  /** A page of the sentences that match a search. */
  page(request: SentencePageRequest): SentencePage {
    const { search, found } = this.search(request)
    const rows: SentenceMatch[] = []
    let total = 0
    for (const { split, sentences } of found) {
      const from = Math.max(0, request.offset - total)
      const to = Math.min(sentences.length, request.offset + request.limit - total)
      for (let at = from; at < to; at++) {
        const index = sentences[at] ?? 0
        rows.push({ row: this.row(split, index, request.layers ?? []), matches: search.matches(split, index) })
      }
      total += sentences.length
    }
    return { total, rows }
  }

  private search(request: SentencePageRequest): {
    search: Search
    found: { split: SplitData; sentences: Int32Array }[]
  } {
    const { split, query = '', filter = null, words = null } = request
    const key = JSON.stringify([split ?? null, query, filter, words])
    const known = this.searches.get(key)
    if (known) return known
    const search = compileSearch(
      { query, filter, words },
      { tables: this.tables, layers: this.layers, foldedTexts: (data) => this.foldedTexts(data) }
    )
    const splits = split === undefined ? [...this.splits.values()] : [this.split(split)]
    const result = { search, found: splits.map((data) => ({ split: data, sentences: search.run(data) })) }
    this.searches.put(key, result)
    return result
  }

  private row(split: SplitData, index: number, layerIds?: readonly string[]): SentenceRow {
    const [start, end] = sentenceBounds(split, index)
    const labels: SentenceRow['labels'] = {}
    const sentenceLabels: SentenceRow['sentenceLabels'] = {}
    for (const [id, layer] of this.layers) {
      if (layer.info.unit === 'sentence') sentenceLabels[id] = layer.labelsAt(split, index, index + 1)[0] ?? null
      else if (layerIds === undefined || layerIds.includes(id)) labels[id] = layer.labelsAt(split, start, end)
    }
    const lemmas = split.tokenColumns.get('lemma')
    const lemmaTable = this.tables.columns.get('lemma')
    return {
      split: split.name,
      index,
      id: split.ids[index] ?? '',
      text: split.texts[index] ?? '',
      words: this.wordsOf(split, index),
      labels,
      sentenceLabels,
      heads: split.heads && Array.from(split.heads.subarray(start, end)),
      lemmas:
        lemmas &&
        lemmaTable &&
        Array.from(lemmas.subarray(start, end), (lemma) => (lemma < 0 ? null : lemmaTable.at(lemma))),
      spaceAfter: Array.from(split.spaceAfter.subarray(start, end), (flag) => flag === 1)
    }
  }

  private wordsOf(split: SplitData, index: number): string[] {
    const [start, end] = sentenceBounds(split, index)
    return Array.from(split.forms.subarray(start, end), (form) => this.tables.forms.at(form))
  }

  private split(name: string): SplitData {
    const split = this.splits.get(name) ?? this.drawnParts.find(name)
    if (!split)
      throw new UserError(
        `${this.info.name} has no split ${quoted(name)}; it has ${[...this.splits.keys()].join(', ')}.`
      )
    return split
  }

  private layer(id: string): Layer {
    const layer = this.layers.get(id)
    if (!layer)
      throw new UserError(
        `${this.info.name} has no labels ${quoted(id)}; it has ${[...this.layers.keys()].join(', ')}.`
      )
    return layer
  }

  private foldedTexts(split: SplitData): string[] {
    let texts = this.folded.get(split)
    if (!texts) {
      texts = split.texts.map(fold)
      this.folded.set(split, texts)
    }
    return texts
  }

  private makeLowerForms(): { ofForm: Int32Array; types: string[] } {
    const ids = new Map<string, number>()
    const ofForm = Int32Array.from(this.tables.forms.strings, (form) => {
      const type = form.toLowerCase()
      const known = ids.get(type)
      if (known !== undefined) return known
      ids.set(type, ids.size)
      return ids.size - 1
    })
    return { ofForm, types: [...ids.keys()] }
  }
}
