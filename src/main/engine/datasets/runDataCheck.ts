import type { DataCheck } from '@shared/dataCheck'
import type { ProbeLayerResult } from '@shared/probe'
import { checkData, type CheckedPart } from './dataCheck'
import type { DatasetStore } from './datasetStore'

/** A part of the data and the number of its words that were used. */
interface UsedPart {
  datasetId: string
  split: string
  words: number
}

/**
 * The test items of a run with what every layer answered: gold [items] (-1 where left out), predictions [layers,
 * items].
 */
export interface ScoredItems {
  sentences: ArrayLike<number>
  gold: ArrayLike<number>
  predictions: ArrayLike<number>
}

/**
 * The data check of a run; layers learn their accuracy over the items whose sentence the training part does not have,
 * case and punctuation apart.
 * @param items null for trees, which have no items
 */
export function runDataCheck(
  datasets: DatasetStore,
  train: UsedPart,
  test: UsedPart,
  items: ScoredItems | null,
  layers: readonly ProbeLayerResult[]
): DataCheck {
  const rows = items
    ? Array.from({ length: items.gold.length }, (_, item) => item).filter((item) => items.gold[item]! >= 0)
    : []
  const names = datasets.get(test.datasetId).documents(test.split)?.names ?? String
  const { check, repeated } = checkData(
    partOf(datasets, train),
    partOf(datasets, test),
    rows.map((item) => items!.sentences[item]!),
    names
  )
  const fresh = rows.filter((item) => !repeated[items!.sentences[item]!])
  if (items && fresh.length > 0 && fresh.length < rows.length)
    layers.forEach((layer, index) => {
      const right = fresh.filter((item) => items.predictions[index * items.gold.length + item] === items.gold[item])
      layer.unseen = { accuracy: right.length / fresh.length, items: fresh.length }
    })
  return check
}

function partOf(datasets: DatasetStore, { datasetId, split, words }: UsedPart): CheckedPart {
  const dataset = datasets.get(datasetId)
  const { starts } = datasets.words(datasetId, split)
  // `starts` ends with the number of words: a sentence was used where the next one begins within them.
  const count = starts.findLastIndex((start) => start <= words)
  return {
    sentences: datasets.text(datasetId, split).sentences.slice(0, count),
    documents: dataset.documents(split)?.ids.subarray(0, count) ?? null
  }
}
