import type { Dataset } from './dataset'
import { fewestDocuments } from './partition'

/** Items that belong together, so that a resample takes all of a cluster or none. */
export interface Clusters {
  by: 'document' | 'sentence'
  /** Cluster of every item. */
  of: Int32Array
}

/**
 * Documents, where the items are from enough of them: results are meant for other texts, and words of one text resemble
 * one another more than its sentences show. With fewer, one document would decide the interval; sentences are taken
 * then, and the interval says nothing of other texts. A sentence without a document is a cluster by itself.
 * @param sentences of every item, in the split of that name
 */
export function clustersOf(dataset: Dataset, split: string, sentences: Int32Array): Clusters {
  const documents = dataset.documents(split)?.ids
  if (!documents) return { by: 'sentence', of: sentences }
  const of = sentences.map((sentence) => (documents[sentence]! < 0 ? -2 - sentence : documents[sentence]!))
  return new Set(of).size < fewestDocuments ? { by: 'sentence', of: sentences } : { by: 'document', of }
}
