import type { SpanLayer } from '@shared/dataset'
import type { Dataset } from '../datasets/dataset'
import type { SpanItems } from '../datasets/spans'
import type { Task } from './task'

/** A task for each set of labelled spans (or of pairs of them) that a data set holds. */
export function spanTasks(
  dataset: Dataset,
  unit: SpanLayer['unit'],
  typesOf: (split: string, items: SpanItems) => string[]
): Task[] {
  return dataset.info.spanLayers
    .filter((layer) => layer.unit === unit && layer.probeable)
    .map(({ id, title, kind, description, classes, labelled, ofSentences }) => ({
      id,
      title,
      unit,
      kind,
      description,
      classes,
      labelled,
      bio: false,
      ...(ofSentences && { ofSentences }),
      items(split) {
        const items = dataset.spans(split, id)
        const { first, end, secondFirst, secondEnd, classes: ids, values } = items
        return {
          first,
          end,
          second: unit === 'pair' ? { first: secondFirst, end: secondEnd } : null,
          classes: ids,
          values,
          types: () => typesOf(split, items)
        }
      }
    }))
}
