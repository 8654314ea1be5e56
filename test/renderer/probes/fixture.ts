import type { CallOutput, ProbeOptions } from '@shared/contract'
import type { DatasetInfo, LabelLayer } from '@shared/dataset'
import type { ModelInfo } from '@shared/model'
import type { ProbeTask } from '@shared/task'
import type { ClassScore, ProbeErrorRow, ProbeLayerResult, ProbeResult } from '@shared/probe'
import type { ProbeSummary } from '@shared/probeSummary'
import { defaultMethod } from '@shared/probeMethods'
import { setUpOf } from '@shared/probeSetUp'
import type { ResultRecord } from '@shared/results'
import { answered, transformerValues } from '../fixtures'

/**
 * Results of the shape the engine gives, with accuracies as scikit-learn reaches them on UD EWT (UPOS and deprel of
 * MiniLM, trained on the dev file, tested on the test file). Confusions are made from them, so that figures and counts
 * belong together.
 */

const accuracies: Record<string, readonly number[]> = {
  upos: [0.8677, 0.9019, 0.9284, 0.9265, 0.9163, 0.906, 0.8357],
  deprel: [0.617, 0.6898, 0.7664, 0.7795, 0.7599, 0.7243, 0.6307]
}
const controls: Record<string, number> = { upos: 0.715, deprel: 0.52 }

export const uposClasses = [
  'NOUN',
  'PUNCT',
  'VERB',
  'PRON',
  'ADP',
  'DET',
  'ADJ',
  'PROPN',
  'AUX',
  'ADV',
  'CCONJ',
  'PART',
  'NUM',
  'SCONJ',
  'X',
  'INTJ',
  'SYM'
]
export const deprelClasses = [
  'punct',
  'case',
  'nsubj',
  'det',
  'advmod',
  'obj',
  'root',
  'obl',
  'conj',
  'amod',
  'compound',
  'aux',
  'cc',
  'mark',
  'nmod',
  'cop',
  'nmod:poss',
  'advcl',
  'xcomp',
  'nummod',
  'ccomp',
  'appos',
  'flat',
  'acl:relcl',
  'parataxis',
  'aux:pass',
  'discourse',
  'acl',
  'nsubj:pass',
  'list',
  'compound:prt',
  'goeswith',
  'expl',
  'obl:unmarked',
  'fixed',
  'nmod:unmarked',
  'vocative',
  'cc:preconj',
  'obl:agent',
  'iobj',
  'csubj',
  'dep',
  'det:predet',
  'orphan',
  'reparandum',
  'csubj:pass',
  'dislocated',
  'cop:outer',
  'nsubj:outer'
]

const testWords = 25_094

/** Words of each class: a share that falls with the rank, as in text. */
export function supports(classes: readonly string[], total = testWords): number[] {
  const weights = classes.map((_, rank) => 1 / (rank + 1.6) ** 1.15)
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => Math.max(3, Math.round((weight / sum) * total)))
}

/**
 * Counts whose diagonal share is near `accuracy`; what is wrong goes to the neighbours in rank. Row-major, gold by
 * predicted.
 */
export function confusionCounts(classes: readonly string[], accuracy: number): Int32Array {
  const size = classes.length
  const counts = new Int32Array(size * size)
  supports(classes).forEach((support, gold) => {
    const right = Math.round(support * Math.min(0.995, accuracy - 0.12 * (gold / size) + 0.05))
    let wrong = support - right
    counts[gold * size + gold] = right
    for (const [step, share] of [
      [1, 0.5],
      [2, 0.6],
      [5, 0.7],
      [0, 1]
    ] as const) {
      const predicted = step === 0 ? (gold + size - 1) % size : (gold + step) % size
      const some = Math.round(wrong * share)
      counts[gold * size + predicted]! += some
      wrong -= some
    }
  })
  return counts
}

function scores(classes: readonly string[], counts: Int32Array): ClassScore[] {
  const size = classes.length
  return classes.map((label, index) => {
    let row = 0
    let column = 0
    for (let other = 0; other < size; other++) {
      row += counts[index * size + other]!
      column += counts[other * size + index]!
    }
    const right = counts[index * size + index]!
    const precision = column > 0 ? right / column : 0
    const recall = row > 0 ? right / row : 0
    return {
      label,
      precision,
      recall,
      f1: precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0,
      support: row
    }
  })
}

function around(value: number, n = testWords): [number, number] {
  const half = 1.96 * Math.sqrt((Math.abs(value) * (1 - Math.abs(value))) / n)
  return [value - half, value + half]
}

export function probeResult(task: 'upos' | 'deprel', changes: Partial<ProbeResult> = {}): ProbeResult {
  const classes = task === 'upos' ? uposClasses : deprelClasses
  const layers = accuracies[task]!.map((accuracy, layer): ProbeLayerResult => {
    const control = controls[task]! - 0.012 * layer
    const perClass = scores(classes, confusionCounts(classes, accuracy))
    const macroF1 = perClass.reduce((sum, score) => sum + score.f1, 0) / perClass.length
    return {
      layer,
      accuracy,
      accuracyInterval: around(accuracy),
      macroF1,
      macroF1Interval: [macroF1 - 0.012, macroF1 + 0.013],
      control: { accuracy: control, interval: around(control) },
      selectivity: accuracy - control,
      selectivityInterval: [accuracy - control - 0.006, accuracy - control + 0.006],
      perClass,
      iterations: 38 + layer,
      converged: true,
      loss: 0.21
    }
  })
  return {
    id: `run-${task}`,
    createdAt: '2026-11-23T20:15:00.000Z',
    model: { id: 'minilm', name: 'all-MiniLM-L6-v2', layers: 6 },
    dataset: { id: 'ewt', name: 'UD English EWT', trainSplit: 'dev', testSplit: 'test', trainHash: 'a', testHash: 'b' },
    task: { id: task, title: task === 'upos' ? 'UPOS' : 'Dependency relation', unit: 'token' },
    pool: 'first',
    classes,
    trainWords: 25_147,
    testWords,
    testSentences: 2_077,
    majority: {
      label: classes[0]!,
      accuracy: task === 'upos' ? 0.164 : 0.122,
      macroF1: task === 'upos' ? 0.0166 : 0.0044
    },
    memoriser: { accuracy: task === 'upos' ? 0.846 : 0.558, macroF1: task === 'upos' ? 0.701 : 0.302 },
    layers,
    options: {
      probe: defaultMethod('linear'),
      codelength: false,
      restarts: 1,
      standardise: true,
      seed: 1,
      solver: 'lbfgs',
      tolerance: 1e-4,
      maxTrainWords: null,
      maxTestWords: null
    },
    backend: 'TensorFlow 2.21, native CPU',
    seconds: { extract: 6.2, solve: 3.1, score: 0.4, total: 9.7 },
    versions: { node: '20.20.2' },
    ...changes
  }
}

export function probeSummary(result: ProbeResult): ProbeSummary {
  const best = result.layers.reduce((a, b) => (b.accuracy > a.accuracy ? b : a))
  return {
    id: result.id,
    createdAt: result.createdAt,
    modelId: result.model.id,
    modelName: result.model.name,
    datasetId: result.dataset.id,
    datasetName: result.dataset.name,
    task: { id: result.task.id, title: result.task.title },
    setUp: setUpOf(result),
    best: { layer: best.layer, accuracy: best.accuracy },
    name: '',
    seconds: result.seconds.total,
    backend: result.backend
  }
}

/** What `results.read` answers for a kept run. */
export function readAnswer(result: ProbeResult): CallOutput<'results.read'> {
  const kept = answered('probe', result)
  const record: ResultRecord = {
    id: result.id,
    kind: 'probe',
    key: kept.key,
    createdAt: result.createdAt,
    name: '',
    subject: { model: result.model, data: { ...result.dataset, parts: '' }, task: result.task },
    summary: { method: 'linear', score: null, curve: [], majority: null, items: null, backend: '', seconds: 1 },
    compute: null,
    provenance: kept.provenance
  }
  return { record, result: kept }
}

export function errorRow(changes: Partial<ProbeErrorRow> = {}): ProbeErrorRow {
  return {
    split: 'test',
    sentence: 12,
    position: 4,
    form: 'Google',
    left: 'What if you',
    right: 'it up',
    gold: 'VERB',
    predicted: 'PROPN',
    probability: 0.9913,
    ...changes
  }
}

export const model: ModelInfo = {
  id: 'minilm',
  kind: 'transformer',
  untrained: null,
  name: 'all-MiniLM-L6-v2',
  family: 'bert',
  familyTitle: 'BERT',
  path: '/models/minilm',
  bundled: true,
  layers: 6,
  heads: 12,
  width: 384,
  vocabulary: 30_522,
  maxTokens: 512,
  values: transformerValues(6, 12, 384),
  parameters: 22_713_216,
  dtype: 'F16',
  bytes: 45_437_760,
  files: ['model.safetensors'],
  memory: { held: 90_852_864, peak: 251_000_000 },
  head: false,
  masked: true,
  spelling: 'wordPiece',
  reference: 'none',
  licence: null,
  notes: []
}

export function labelLayer(
  id: string,
  title: string,
  classes: readonly string[],
  changes: Partial<LabelLayer> = {}
): LabelLayer {
  const counts = supports(classes)
  return {
    id,
    title,
    unit: 'token',
    kind: 'class',
    classes: [...classes],
    counts,
    countsBySplit: { train: counts, dev: counts, test: counts },
    labelled: counts.reduce((a, b) => a + b, 0),
    probeable: true,
    ...changes
  }
}

/** The tasks that label layers make, as the engine lists them. */
export function tasksOf(layers: readonly LabelLayer[]): ProbeTask[] {
  return layers
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
    }))
}

const labelLayers = [
  labelLayer('upos', 'UPOS', uposClasses),
  labelLayer('deprel', 'Dependency relation', deprelClasses),
  labelLayer('headDistance', 'Head distance', [], { kind: 'number' }),
  labelLayer('feats.Typo', 'Typo', ['Yes'], { probeable: false })
]

export const dataset: DatasetInfo = {
  id: 'ewt',
  name: 'UD English EWT',
  format: 'conllu',
  formatTitle: 'CoNLL-U',
  builtin: true,
  splits: [
    ['train', 12_544, 204_578],
    ['dev', 2_001, 25_147],
    ['test', 2_077, 25_094]
  ].map(([name, sentences, words]) => ({
    name: String(name),
    path: `/data/${name}.conllu`,
    sentences: Number(sentences),
    words: Number(words),
    bytes: 1,
    fileHash: 'f',
    wordsHash: 'w'
  })),
  labelLayers,
  spanLayers: [],
  tasks: tasksOf(labelLayers),
  suggested: { train: 'train', test: 'test' },
  warnings: [],
  notes: [],
  bytes: 3
}

export function probeOptions(changes: Partial<ProbeOptions> = {}): ProbeOptions {
  return {
    modelId: 'minilm',
    datasetId: 'ewt',
    task: 'upos',
    trainSplit: 'train',
    testSplit: 'test',
    pool: 'first',
    layers: null,
    maxTrainWords: 20_000,
    maxTestWords: 10_000,
    control: true,
    codelength: false,
    restarts: 1,
    probe: defaultMethod('linear'),
    seed: 1,
    ...changes
  }
}
