import type { DatasetInfo, LabelLayer } from '@shared/dataset'
import { UserError } from '@shared/userError'
import type { DatasetStore } from '../datasets/datasetStore'
import type { TreeItems } from '../probes/structuralRunner'
import { treeDepths, treeDistances, type SentenceTree } from '../probes/trees'
import type { Activations } from './activationService'

/** One split as a probe sees it: items (words or sentences) with a class, a type and a vector a layer. */
export interface ProbeSplit {
  items: number
  /** Class of every item, -1 for one without label or without vector. */
  classes: Int32Array
  /** Word form, lower-cased: what the control task and the memoriser go by. */
  types: string[]
  /** Sentence of every item: the bootstrap draws whole sentences. */
  sentences: Int32Array
  /** [items, width] of one layer. */
  vectors(layer: number): Float32Array
}

/** The label layer of a task. @throws UserError naming what can be probed instead */
export function labelLayer(dataset: DatasetInfo, task: string): LabelLayer {
  const layer = dataset.labelLayers.find((candidate) => candidate.id === task)
  const possible = dataset.labelLayers.filter((candidate) => candidate.kind === 'class' && candidate.probeable)
  const instead = `It has ${possible.map((candidate) => candidate.id).join(', ')}.`
  if (!layer) throw new UserError(`${dataset.name} has no labels called '${task}'. ${instead}`)
  if (layer.kind !== 'class') throw new UserError(`'${task}' is a number; a linear probe for classes cannot be trained on it. ${instead}`)
  if (!layer.probeable) throw new UserError(`'${task}' has fewer than two classes in ${dataset.name}; there is nothing to learn. ${instead}`)
  return layer
}

/** Words with a label: one item a word. */
export function tokenSplit(datasets: DatasetStore, datasetId: string, split: string, task: string, vectors: Activations): ProbeSplit {
  const { forms, sentence } = datasets.words(datasetId, split)
  const classes = datasets.labels(datasetId, split, task).ids.slice(0, vectors.words)
  for (const row of vectors.missing) classes[row] = -1
  return {
    items: vectors.words,
    classes,
    types: forms.slice(0, vectors.words).map((form) => form.toLowerCase()),
    sentences: sentence.slice(0, vectors.words),
    vectors: (layer) => vectors.layer(layer)
  }
}

/** Sentences with a label: one item a sentence, its vector the mean of its words'. */
export function sentenceSplit(datasets: DatasetStore, datasetId: string, split: string, task: string, vectors: Activations): ProbeSplit {
  const { forms, sentence } = datasets.words(datasetId, split)
  const missing = new Set(vectors.missing)
  const items = vectors.words ? sentence[vectors.words - 1]! + 1 : 0
  const present = new Int32Array(items)
  const texts: string[][] = Array.from({ length: items }, () => [])
  for (let row = 0; row < vectors.words; row++) {
    texts[sentence[row]!]!.push(forms[row]!)
    if (!missing.has(row)) present[sentence[row]!]!++
  }
  const classes = datasets.labels(datasetId, split, task).ids.slice(0, items)
  for (let i = 0; i < items; i++) if (present[i] === 0) classes[i] = -1
  return {
    items,
    classes,
    types: texts.map((words) => words.join(' ').toLowerCase()),
    sentences: Int32Array.from({ length: items }, (_, i) => i),
    vectors: (layer) => sentenceMeans(vectors.layer(layer), vectors.width, sentence, missing, present)
  }
}

function sentenceMeans(words: Float32Array, width: number, sentence: Int32Array, missing: ReadonlySet<number>, present: Int32Array): Float32Array {
  const means = new Float32Array(present.length * width)
  for (let row = 0; row * width < words.length; row++) {
    if (missing.has(row)) continue
    const target = sentence[row]! * width
    const share = 1 / present[sentence[row]!]!
    for (let i = 0; i < width; i++) means[target + i]! += words[row * width + i]! * share
  }
  return means
}

/**
 * The sentences whose words all have a head and a vector, with their trees. Punctuation is what UPOS calls so; in data without it, what has no letter or digit.
 * @throws UserError for data without trees
 */
export function treeSplit(datasets: DatasetStore, datasetId: string, split: string, vectors: Activations): TreeItems {
  const heads = datasets.heads(datasetId, split)
  if (!heads) throw new UserError(`${datasets.info(datasetId).name} has no trees; the structural probe needs the heads of a treebank in CoNLL-U.`)
  const { forms, starts } = datasets.words(datasetId, split)
  const punctuation = punctuationOf(datasets, datasetId, split, forms)
  const missing = new Set(vectors.missing)
  const trees: SentenceTree[] = []
  for (let sentence = 0; sentence + 1 < starts.length; sentence++) {
    const [start, end] = [starts[sentence]!, starts[sentence + 1]!]
    if (end > vectors.words) break
    const own = heads.subarray(start, end)
    const rows = Int32Array.from(own, (_, i) => start + i)
    if (own.includes(-1) || own.filter((head) => head === 0).length !== 1 || rows.some((row) => missing.has(row))) continue
    trees.push({ rows, distances: treeDistances(own), depths: treeDepths(own), punctuation: punctuation.slice(start, end) })
  }
  return { trees, vectors: (layer) => vectors.layer(layer) }
}

function punctuationOf(datasets: DatasetStore, datasetId: string, split: string, forms: readonly string[]): Uint8Array {
  if (!datasets.info(datasetId).labelLayers.some(({ id }) => id === 'upos')) return Uint8Array.from(forms, (form) => (/[\p{L}\p{N}]/u.test(form) ? 0 : 1))
  const { classes, ids } = datasets.labels(datasetId, split, 'upos')
  const mark = classes.indexOf('PUNCT')
  return Uint8Array.from(ids, (id) => (mark >= 0 && id === mark ? 1 : 0))
}
