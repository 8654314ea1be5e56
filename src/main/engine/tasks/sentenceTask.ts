import type { Dataset } from '../datasets/dataset'
import { everySentence, textTypes } from './wordSpans'
import { countItems, countingSeed, type Task } from './task'

/** The parts in which sentence tasks differ. */
export interface SentenceTaskSpec {
  id: string
  title: string
  description: string
  classes: string[]
  /** Class of every sentence of a split, -1 for one that is left out. */
  classesOf(split: string, seed: number): Int32Array
  text?: Task['text']
}

/** A task whose items are the sentences; no task if fewer than two classes occur. */
export function sentenceTask(dataset: Dataset, { classesOf, text, ...spec }: SentenceTaskSpec): Task[] {
  const all = dataset.info.splits.map(({ name }) => classesOf(name, countingSeed))
  if (new Set(all.flatMap((ids) => [...new Set(ids)])).size - (all.some((ids) => ids.includes(-1)) ? 1 : 0) < 2)
    return []
  return [
    {
      ...spec,
      unit: 'sentence',
      kind: 'class',
      labelled: all.reduce((sum, classes) => sum + countItems({ classes, values: null }), 0),
      bio: false,
      items(split, seed) {
        const { forms, starts } = dataset.words(split)
        const sentences = everySentence(starts)
        const classes = classesOf(split, seed)
        return { ...sentences, second: null, classes, values: null, types: () => textTypes(forms, sentences) }
      },
      ...(text ? { text } : {})
    }
  ]
}
