import { UserError } from '@shared/userError'
import { clustersOf } from '../../datasets/clusters'
import type { DatasetStore } from '../../datasets/datasetStore'
import type { TreeItems } from './structuralRunner'
import { treeDepths, treeDistances, type SentenceTree } from './trees'
import type { Activations } from '../../activations/wordVectors'

/**
 * The sentences whose words all have a head and a vector, with their trees. Punctuation is what UPOS calls so; in data
 * without it, what has no letter or digit.
 * @throws UserError for data without trees
 */
export function treeSplit(datasets: DatasetStore, datasetId: string, split: string, vectors: Activations): TreeItems {
  const heads = datasets.heads(datasetId, split)
  if (!heads)
    throw new UserError(
      `${datasets.info(datasetId).name} has no trees; the structural probe needs the heads of a treebank in CoNLL-U.`
    )
  const { forms, starts } = datasets.words(datasetId, split)
  const punctuation = punctuationOf(datasets, datasetId, split, forms)
  const missing = new Set(vectors.missing)
  const trees: SentenceTree[] = []
  const sentences: number[] = []
  for (let sentence = 0; sentence + 1 < starts.length; sentence++) {
    const [start, end] = [starts[sentence]!, starts[sentence + 1]!]
    if (end > vectors.words) break
    const own = heads.subarray(start, end)
    const rows = Int32Array.from(own, (_, i) => start + i)
    if (own.includes(-1) || own.filter((head) => head === 0).length !== 1 || rows.some((row) => missing.has(row)))
      continue
    sentences.push(sentence)
    trees.push({
      rows,
      distances: treeDistances(own),
      depths: treeDepths(own),
      punctuation: punctuation.slice(start, end)
    })
  }
  const clusters = clustersOf(datasets.get(datasetId), split, Int32Array.from(sentences))
  return { trees, clusters, vectors: (layer) => vectors.layer(layer) }
}

function punctuationOf(datasets: DatasetStore, datasetId: string, split: string, forms: readonly string[]): Uint8Array {
  if (!datasets.info(datasetId).labelLayers.some(({ id }) => id === 'upos'))
    return Uint8Array.from(forms, (form) => (/[\p{L}\p{N}]/u.test(form) ? 0 : 1))
  const { classes, ids } = datasets.labels(datasetId, split, 'upos')
  const mark = classes.indexOf('PUNCT')
  return Uint8Array.from(ids, (id) => (mark >= 0 && id === mark ? 1 : 0))
}
