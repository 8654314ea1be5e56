import type { DatasetInfo, LabelLayer, SentenceRow } from '@shared/dataset'
import type { ModelInfo, ValueInfo } from '@shared/model'
import type { KeptResult, ResultKindId, Results, ResultStamp } from '@shared/results'
import type { SentenceAnalysis } from '@shared/sentence'

/** What a transformer has, with a head or without. */
export function transformerValues(layers: number, heads: number, width: number, head = false): ValueInfo[] {
  const blocks = Array.from({ length: layers }, (_, block) => block)
  return [
    { name: 'embed', kind: 'hidden', layer: 0, shape: ['tokens', width] },
    ...blocks.map((block): ValueInfo => ({
      name: `blocks.${block}.resid_post`,
      kind: 'hidden',
      layer: block + 1,
      shape: ['tokens', width]
    })),
    ...blocks.map((block): ValueInfo => ({
      name: `blocks.${block}.attn.pattern`,
      kind: 'attention',
      layer: block + 1,
      shape: [heads, 'tokens', 'tokens']
    })),
    ...(head ? [{ name: 'logits', kind: 'logits', layer: layers, shape: ['tokens', 30_522] } as const] : [])
  ]
}

export function modelInfo(changes: Partial<ModelInfo> = {}): ModelInfo {
  return {
    id: 'model-a',
    kind: 'transformer',
    untrained: null,
    name: 'all-MiniLM-L6-v2',
    family: 'bert',
    familyTitle: 'BERT',
    path: '/app/models/minilm',
    bundled: true,
    layers: 6,
    heads: 12,
    width: 384,
    vocabulary: 30_522,
    maxTokens: 512,
    spelling: 'wordPiece',
    values: transformerValues(6, 12, 384),
    parameters: 22_713_216,
    dtype: 'F16',
    bytes: 45_433_664,
    files: ['model.safetensors'],
    memory: { held: 90_852_864, peak: 251_000_000 },
    head: false,
    masked: true,
    reference: 'none',
    licence: 'apache-2.0',
    notes: [],
    ...changes
  }
}

export function labelLayer(changes: Partial<LabelLayer> = {}): LabelLayer {
  return {
    id: 'upos',
    title: 'Universal part of speech',
    unit: 'token',
    kind: 'class',
    classes: ['NOUN', 'VERB', 'PUNCT'],
    counts: [9, 5, 4],
    countsBySplit: {},
    labelled: 18,
    probeable: true,
    ...changes
  }
}

export function datasetInfo(changes: Partial<DatasetInfo> = {}): DatasetInfo {
  const split = (name: string, sentences: number) => ({
    name,
    path: `/app/data/${name}`,
    sentences,
    words: sentences * 10,
    bytes: 1,
    fileHash: '',
    wordsHash: ''
  })
  const labelLayers = changes.labelLayers ?? [
    labelLayer(),
    labelLayer({ id: 'deprel', title: 'Dependency relation', classes: ['root', 'nsubj'], counts: [2, 2] })
  ]
  return {
    id: 'ud_english-ewt',
    name: 'UD English EWT',
    format: 'conllu',
    formatTitle: 'CoNLL-U',
    builtin: true,
    splits: [split('train', 12_000), split('test', 300)],
    labelLayers,
    spanLayers: [],
    tasks: labelLayers
      .filter(({ probeable }) => probeable)
      .map(({ id, title, unit, kind, classes, labelled }) => ({
        id,
        title,
        unit,
        kind,
        description: '',
        classes,
        labelled,
        bio: false
      })),
    suggested: { train: 'train', test: 'test' },
    warnings: [],
    notes: [],
    bytes: 1,
    ...changes
  }
}

export function sentenceRow(index: number, words: readonly string[], changes: Partial<SentenceRow> = {}): SentenceRow {
  return {
    split: 'test',
    index,
    id: `test-${index + 1}`,
    text: words.join(' '),
    words: [...words],
    labels: {},
    sentenceLabels: {},
    ...changes
  }
}

/** One token a word between [CLS] and [SEP], each moving by a tenth more a layer. */
export function sentenceAnalysis(words: readonly string[], layers = 6, heads = 12): SentenceAnalysis {
  const tokens = [
    { id: 101, text: '[CLS]', special: true, word: null },
    ...words.map((text, word) => ({ id: 1000 + word, text: text.toLowerCase(), special: false, word })),
    { id: 102, text: '[SEP]', special: true, word: null }
  ]
  const movement = new Float32Array((layers + 1) * tokens.length)
  for (let layer = 1; layer <= layers; layer++)
    movement.fill(layer / 10, layer * tokens.length, (layer + 1) * tokens.length)
  return {
    words: [...words],
    spaceAfter: words.map(() => true),
    tokens,
    truncatedWords: 0,
    emptyWords: 0,
    note: null,
    movement: { shape: [layers + 1, tokens.length], data: movement },
    entropy: { shape: [layers, heads], data: new Float32Array(layers * heads).fill(1.5) },
    thumbnails: { shape: [layers, heads, 4, 4], data: new Uint8Array(layers * heads * 16) },
    largest: { shape: [layers, heads], data: new Float32Array(layers * heads).fill(1) },
    milliseconds: 3
  }
}

/** A result as the engine answers it, with what identifies it. */
export function answered<K extends ResultKindId>(resultKind: K, result: Results[K]): KeptResult<K> {
  const provenance: ResultStamp['provenance'] = {
    request: {},
    model: { path: '/models/minilm', untrained: null, files: [] },
    data: null,
    backend: { name: 'cpu', title: 'CPU', version: '4', threads: 1 },
    versions: {}
  }
  const stamp = { resultKind, id: 'result', createdAt: '2026-11-20T10:00:00.000Z', key: 'key', provenance }
  return { ...stamp, ...result } as unknown as KeptResult<K>
}
