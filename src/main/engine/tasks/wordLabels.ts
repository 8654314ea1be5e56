import type { LabelLayer } from '@shared/dataset'
import type { Dataset } from '../datasets/dataset'
import { isBio } from './bio'
import { everyWord } from './wordSpans'
import type { Task, TaskFamily } from './task'

/** Labels of words: tags, features, relations, supersenses, entities in BIO, and user-defined columns. */
export const wordLabels: TaskFamily = {
  id: 'upos, xpos, deprel, feats.Number, ...',
  unit: 'token',
  summary: 'a label set of words, by its name or the name of its column',
  tasks: (dataset) =>
    dataset.info.labelLayers
      .filter(({ unit, probeable }) => unit === 'token' && probeable)
      .map((layer) => taskOf(dataset, layer))
}

function taskOf(dataset: Dataset, { id, title, kind, description, classes, labelled }: LabelLayer): Task {
  return {
    id,
    title,
    unit: 'token',
    kind,
    description: description ?? '',
    classes,
    labelled,
    bio: kind === 'class' && isBio(classes),
    items(split) {
      const { forms } = dataset.words(split)
      return {
        ...everyWord(forms.length),
        second: null,
        classes: kind === 'class' ? dataset.labels(split, id).ids : new Int32Array(forms.length).fill(-1),
        values: kind === 'number' ? dataset.numbers(split, id) : null,
        types: () => forms.map((form) => form.toLowerCase())
      }
    }
  }
}
