import type { LabelLayer } from '@shared/dataset'
import type { Dataset } from '../datasets/dataset'
import { everySentence, textTypes } from './wordSpans'
import type { Task, TaskFamily } from './task'

/** Labels of whole sentences: genre, intent, sentiment. */
export const sentenceLabels: TaskFamily = {
  id: 'genre, intent, ...',
  unit: 'sentence',
  summary: 'a label set of sentences, by its name or the name of its column',
  tasks: (dataset) =>
    dataset.info.labelLayers
      .filter(({ unit, probeable }) => unit === 'sentence' && probeable)
      .map((layer) => taskOf(dataset, layer))
}

function taskOf(dataset: Dataset, { id, title, kind, description, classes, labelled }: LabelLayer): Task {
  return {
    id,
    title,
    unit: 'sentence',
    kind,
    description: description ?? '',
    classes,
    labelled,
    bio: false,
    items(split) {
      const { forms, starts } = dataset.words(split)
      const sentences = everySentence(starts)
      return {
        ...sentences,
        second: null,
        classes: kind === 'class' ? dataset.labels(split, id).ids : new Int32Array(sentences.first.length).fill(-1),
        values: kind === 'number' ? dataset.numbers(split, id) : null,
        types: () => textTypes(forms, sentences)
      }
    }
  }
}
